// What a built-in route does to a payload that cannot go on as it is.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "socketio/shared_frame.h"

#include <string>
#include <string_view>

namespace flux::gateway {

/// An event made of a record or of what the cache holds.
struct ShapedEvent {
    std::string room;         ///< empty: the route's, which is a literal then
    std::string event;        ///< its name; empty: the route's
    std::string key;          ///< of conflation and snapshots; empty: the room
    std::string argument;     ///< JSON, the event's only one
    std::string cache_value;  ///< what the cache is to hold; empty: the record's payload
};

/// Rows of users have none: their payloads go on untouched. Functions take JSON that has been
/// checked; those that may be absent are nullptr. Thread: any.
struct EventShape {
    /// Errors: kBadInput when the payload is not the whole event that pages rely on.
    Result<ShapedEvent> (*of_record)(std::string_view payload) = nullptr;

    /// The same of a value in the cache. Absent: what lies there is a record.
    Result<ShapedEvent> (*of_cached)(std::string_view value) = nullptr;

    /// Where the cache has what belongs to `room`; empty: nowhere. Absent: the route's cache_key.
    std::string (*cache_key_of)(std::string_view room) = nullptr;

    /// Until when a frame may be given to who joins; 0: for ever. Absent: for ever.
    WallMillis (*good_until)(const socketio::SharedFrame& frame) = nullptr;

    /// `frame` for one who calls the place `spelling`. Absent: all get the same.
    socketio::SharedFrame (*respelled)(
        const socketio::SharedFrame& frame, std::string_view spelling
    ) = nullptr;
};

}  // namespace flux::gateway
