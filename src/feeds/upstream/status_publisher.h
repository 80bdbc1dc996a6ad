// Tells everybody how one domain does.
#pragma once

#include "bus/event_bus.h"
#include "contract/service_status.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <boost/asio/steady_timer.hpp>

#include <string>

namespace flux::feeds {

/// Publishes the domain's ServiceStatus on platform.service.event.updated when it changes, and
/// every 30 s. Never waits for the bus: what could not be published comes with the next one.
/// Thread: its shard's.
class StatusPublisher {
public:
    static constexpr Milliseconds kInterval{30'000};

    /// `bus` outlives the publisher. Until Set is called the domain is live.
    StatusPublisher(
        Shard& shard,
        bus::EventBus& bus,
        std::string domain,
        bool simulated,
        Milliseconds interval = kInterval
    );

    /// The topic exists (bus::EventBus::EnsureTopic). Publishes at once.
    void Start();
    Task<> Stop();

    /// All but `domain`, `simulated` and `at` is taken from `status`. Before Start it is only kept.
    void Set(contract::ServiceStatus status);

    const contract::ServiceStatus& status() const { return status_; }

private:
    Task<> Run();
    Task<> Publish();

    Shard& shard_;
    bus::EventBus& bus_;
    const Milliseconds interval_;
    contract::ServiceStatus status_;
    bool changed_ = true;
    bool stopping_ = false;
    bool bus_refuses_ = false;
    boost::asio::steady_timer next_;  // cut short by a change
    TaskGroup tasks_;
};

}  // namespace flux::feeds
