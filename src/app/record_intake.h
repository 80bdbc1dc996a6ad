// What the admin listener does with the bus: all that was begun ends before the bus goes away.
#pragma once

#include "base/result.h"
#include "base/unique_function.h"
#include "bus/event_bus.h"
#include "runtime/shard_set.h"
#include "runtime/task.h"

#include <cstddef>
#include <functional>
#include <latch>
#include <vector>

namespace flux::app {

/// Between the admin listener and the bus. Nothing is taken before Open and after Close; Close
/// returns when everything that was begun has ended, and every record that was taken is answered.
///
/// Lifecycle: outlives whoever publishes; closed, or never opened, when it is destroyed.
class RecordIntake {
public:
    using Done = UniqueFunction<void(const Result<bus::Position>&)>;

    explicit RecordIntake(ShardSet& shards);
    RecordIntake(const RecordIntake&) = delete;
    RecordIntake& operator=(const RecordIntake&) = delete;
    ~RecordIntake();

    /// From now on records are taken. `bus` outlives Close. Thread: main, shards running.
    void Open(bus::EventBus& bus);

    /// Publishes on the calling shard and calls `done` there with what EventBus::Publish gave;
    /// kUnavailable at once when it is not open. Thread: a shard.
    void Publish(bus::Outgoing record, Done done);

    /// Runs `work` over the bus on the calling shard; false at once, with nothing done, when it is
    /// not open. Close waits for it. Thread: a shard.
    bool Run(std::function<Task<>(bus::EventBus&)> work);

    /// Refuses from now on and waits for those in flight. Idempotent. Thread: main, shards running.
    void Close();

private:
    /// One shard's, touched by that shard alone.
    struct Desk {
        bus::EventBus* bus = nullptr;  ///< nullptr: not open
        std::size_t in_flight = 0;
        std::latch* drained = nullptr;  ///< set while Close waits
    };

    static Task<> Drive(bus::EventBus& bus, std::function<Task<>(bus::EventBus&)> work, Desk& desk);

    ShardSet& shards_;
    std::vector<Desk> desks_;  // by shard
    bool open_ = false;        // main's
};

}  // namespace flux::app
