// One row of the gateway: which records of a topic go to which room as which event.
#pragma once

#include "gateway/event_shape.h"
#include "gateway/room_template.h"
#include "json/json_fields.h"
#include "socketio/socketio_server.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {

/// Which records of its topic a route takes. The raw key is asked first, so that most records of a
/// busy topic cost one comparison and their payload is never looked at.
struct Match {
    enum class KeyRule : std::uint8_t { kAny, kExact, kPrefix };
    struct Field {
        json::FieldPath path;
        std::string value;     ///< the field as text must equal this
        bool differs = false;  ///< or must not equal it, but be absent or something else
    };

    KeyRule key_rule = KeyRule::kAny;
    std::string key;  ///< the key, or what it begins with
    std::vector<Field> fields;

    bool AllowsKey(std::optional<std::string_view> record_key) const;
    bool AllowsPayload(std::string_view checked_json) const;
};

/// What stands around the payload in the event's argument. The payload itself is not touched.
struct Envelope {
    std::string head;
    std::string tail;

    static Envelope Raw() { return {}; }
    static Envelope Success();  ///< {"status":"success","data":<payload>,"error":null}

    /// Whether head + payload + tail is one JSON value whatever JSON the payload is.
    bool WrapsAnyPayload() const;
};

enum class SnapshotRule : std::uint8_t { kNone, kLatestPerKey };

/// What a client that was away gets when it returns: nothing; the newest snapshot, if there is one
/// and it has changed; or each event it has missed.
enum class Recovery : std::uint8_t { kNone, kSnapshot, kReplay };

/// Where the newest record of each room is kept beside the gateways' own memory.
struct CacheRule {
    RoomTemplate key;  ///< has the placeholders of the route's room
    std::chrono::seconds ttl{300};
    bool written = true;  ///< else somebody else writes it, and it is only read
};

struct Route {
    std::string name;  ///< in logs and metrics; unique
    std::string topic;
    Match match;
    RoomTemplate room;
    std::string event;
    Envelope envelope;
    socketio::DeliveryPolicy delivery = socketio::DeliveryPolicy::kEvery;
    /// What counts as one key for conflation and snapshots; absent: the record's key, or the room
    /// when it has none. The room, with a cache.
    std::optional<RoomTemplate> key;
    SnapshotRule snapshot = SnapshotRule::kNone;
    std::size_t snapshot_keys_max = 10'000;
    std::optional<CacheRule> cache;  ///< needs a snapshot
    Recovery recovery = Recovery::kSnapshot;
    /// Of built-in rows whose payload does not go on as it is; else nullptr.
    const EventShape* shape = nullptr;
};

}  // namespace flux::gateway
