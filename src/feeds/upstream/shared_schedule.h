// A rhythm that several instances of one service keep together.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flux::feeds {

/// Calls `run` when no instance has published on `event_topic` for `interval` (plus a little
/// chance, so that one is first): each listens to what all publish there, so two instances fetch no
/// more often than one. The first call comes at once, unless something was published just before.
/// Never two calls at a time. Thread: its shard's.
///
/// The instance whose run was the last to publish keeps the rhythm exactly; the others wait up to a
/// tenth of the interval longer, and take over when it falls silent. A run that publishes nothing
/// is repeated after the interval, by every instance: what nobody published, nobody knows of.
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
    SharedSchedule(const SharedSchedule&) = delete;
    SharedSchedule& operator=(const SharedSchedule&) = delete;

    /// The topic exists. Errors: those of EventBus::Subscribe.
    Task<Result<void>> Start();
    Task<> Stop();

    /// When the next call is due, as things are.
    SteadyTime due() const { return due_; }

private:
    Task<> LookBack();
    Task<> KeepTime();
    void Heard(std::size_t records);
    Milliseconds Chance();

    Shard& shard_;
    bus::EventBus& bus_;
    const bus::TopicName topic_;
    const Milliseconds interval_;
    Random& random_;
    const std::function<Task<>()> run_;
    SteadyTime due_;
    bool running_ = false;
    SteadyTime mine_until_ = SteadyTime::min();  // what is heard until then may be of the last run
    std::size_t heard_of_run_ = 0;
    bool stopping_ = false;
    TaskGroup tasks_;
    std::unique_ptr<bus::Subscription> subscription_;
};

}  // namespace flux::feeds
