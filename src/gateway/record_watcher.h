// Who wants to know what the pumps read.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "gateway/route.h"

#include <string>

namespace flux::gateway {

/// Told of what pumps have read, behind its delivery. Thread: the pumps' shard.
class RecordWatcher {
public:
    virtual ~RecordWatcher() = default;

    /// A record whose payload is JSON; `delivered`: a route has made an event of it. Errors:
    /// kBadInput when it is malformed, which counts only if no route had to do with it.
    virtual Result<void> OnRecord(const bus::Message& message, bool delivered) = 0;

    /// What a start found: the newest event of `route` for `room`, written at `at`.
    virtual void OnFound(const Route& route, const std::string& room, WallMillis at) = 0;
};

}  // namespace flux::gateway
