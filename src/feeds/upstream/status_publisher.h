// Tells everybody how one domain does.
#pragma once

#include "bus/event_bus.h"
#include "contract/service_status.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <optional>
#include <string>

namespace flux::feeds {

/// Publishes the domain's ServiceStatus on platform.service.event.updated when it changes, and
/// every 30 s. Never waits for the bus: what could not be published comes with the next one.
/// Thread: its shard's.
class StatusPublisher {
public:
    /// `bus` outlives the publisher.
    StatusPublisher(Shard& shard, bus::EventBus& bus, std::string domain, bool simulated);
    void Start();
    Task<> Stop();

    /// All but `domain`, `simulated` and `at` is taken from `status`.
    void Set(contract::ServiceStatus status);

private:
    Shard& shard_;
    bus::EventBus& bus_;
    contract::ServiceStatus status_;
    TaskGroup tasks_;
};

}  // namespace flux::feeds
