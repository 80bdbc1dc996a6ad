// A record as the event that a route makes of it.
#pragma once

#include "bus/event_bus.h"
#include "gateway/gateway_stats.h"
#include "gateway/route.h"
#include "socketio/shared_frame.h"

#include <string>
#include <string_view>
#include <variant>

namespace flux::gateway {

struct RenderedEvent {
    std::string room;
    std::string key;          ///< of conflation and snapshots
    std::string cache_key;    ///< empty: the record is not cached
    std::string cache_value;  ///< empty: the record's payload
    socketio::SharedFrame frame;
};

/// Why a route that takes a record cannot deliver it.
struct Unrenderable {
    Skip why = Skip::kNoRoom;
    std::string detail;
};

/// `message` is one that the route's match allows, and its payload checked JSON. Thread: any.
std::variant<RenderedEvent, Unrenderable> Render(const Route& route, const bus::Message& message);

/// What `shaped` is on a route with a shape.
RenderedEvent Dress(const Route& route, ShapedEvent shaped);

/// The JSON of the only argument of an event's frame. Thread: any.
std::string_view ArgumentOf(const socketio::SharedFrame& frame);

/// The key a snapshot of the route stands under, for a record without a payload. Errors: the
/// template's.
Result<std::string> SnapshotKeyOf(const Route& route, const bus::Message& message);

/// Where the cache keeps that snapshot; the route has a cache. Errors: the template's.
Result<std::string> CacheKeyOf(const Route& route, const bus::Message& message);

}  // namespace flux::gateway
