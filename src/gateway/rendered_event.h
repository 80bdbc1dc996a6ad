// A record as the event that a route makes of it.
#pragma once

#include "bus/event_bus.h"
#include "gateway/gateway_stats.h"
#include "gateway/route.h"
#include "socketio/shared_frame.h"

#include <string>
#include <variant>

namespace flux::gateway {

struct RenderedEvent {
    std::string room;
    std::string key;        ///< of conflation and snapshots
    std::string cache_key;  ///< empty: the record is not cached
    socketio::SharedFrame frame;
};

/// Why a route that takes a record cannot deliver it.
struct Unrenderable {
    Skip why = Skip::kNoRoom;
    std::string detail;
};

/// `message` is one that the route's match allows, and its payload checked JSON. Thread: any.
std::variant<RenderedEvent, Unrenderable> Render(const Route& route, const bus::Message& message);

/// The key a snapshot of the route stands under, for a record without a payload. Errors: the
/// template's.
Result<std::string> SnapshotKeyOf(const Route& route, const bus::Message& message);

/// Where the cache keeps that snapshot; the route has a cache. Errors: the template's.
Result<std::string> CacheKeyOf(const Route& route, const bus::Message& message);

}  // namespace flux::gateway
