// Publishes commands to services.
#pragma once

#include "base/result.h"
#include "base/unique_function.h"
#include "bus/event_bus.h"
#include "contract/topics.h"
#include "gateway/desk_stats.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <string>

namespace flux::gateway {

/// Nobody waits for the bus: what became of a command is told later. At most
/// limits::kCommandsWaitingMax wait for their acknowledgement. Thread: its shard's.
class CommandWriter {
public:
    using Done = UniqueFunction<void(const Result<void>&)>;

    /// References outlive the writer.
    CommandWriter(Shard& shard, bus::EventBus& bus, DeskStats& stats);

    /// `done` is called once, on this shard, behind this call.
    /// Errors: kFull (too many wait; nothing is published and `done` is not called).
    Result<void> Write(
        CommandKind kind, const contract::Topic& topic, std::string key, std::string json, Done done
    );

    /// As Write, and waits. Errors: those of EventBus::Publish.
    Task<Result<void>> Publish(
        CommandKind kind, const contract::Topic& topic, std::string key, std::string json
    );

    /// Returns when nothing waits; what still waits then is told so.
    Task<> Stop();

private:
    Task<> Run(
        CommandKind kind, const contract::Topic& topic, std::string key, std::string json, Done done
    );

    bus::EventBus& bus_;
    DeskStats& stats_;
    TaskGroup tasks_;
    bool failure_said_ = false;
};

}  // namespace flux::gateway
