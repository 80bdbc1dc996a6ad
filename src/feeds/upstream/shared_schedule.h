// A rhythm that several instances of one service keep together.
#pragma once

#include "base/random.h"
#include "bus/event_bus.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <functional>
#include <memory>
#include <string>

namespace flux::feeds {

/// Calls `run` when no instance has published on `event_topic` for `interval` (plus a little
/// chance, so that one is first): each listens to what all publish there, so two instances fetch no
/// more often than one. The first call comes at once, unless something was published just before.
/// Never two calls at a time. Thread: its shard's.
class SharedSchedule {
public:
    SharedSchedule(
        Shard& shard,
        bus::EventBus& bus,
        std::string event_topic,
        Milliseconds interval,
        Random& random,
        std::function<Task<>()> run
    );
    /// Errors: those of EventBus::Subscribe.
    Task<Result<void>> Start();
    Task<> Stop();

private:
    Shard& shard_;
    bus::EventBus& bus_;
    TaskGroup tasks_;
    std::unique_ptr<bus::Subscription> subscription_;
};

}  // namespace flux::feeds
