#include "gateway/command_writer.h"

#include "base/log.h"
#include "limits/limits.h"

#include <utility>

namespace flux::gateway {

CommandWriter::CommandWriter(Shard& shard, bus::EventBus& bus, DeskStats& stats)
    : bus_(bus),
      stats_(stats),
      tasks_(shard) {}

Result<void> CommandWriter::Write(
    CommandKind kind, const contract::Topic& topic, std::string key, std::string json, Done done
) {
    if (tasks_.running() >= limits::kCommandsWaitingMax) {
        stats_.commands_failed.Add();
        return Error(
            ErrorCode::kFull, Retry::kLater, "too many commands wait for the event bus already"
        );
    }
    tasks_.Spawn(
        "gateway.command", Run(kind, topic, std::move(key), std::move(json), std::move(done))
    );
    return {};
}

Task<> CommandWriter::Run(
    CommandKind kind, const contract::Topic& topic, std::string key, std::string json, Done done
) {
    const Result<void> published = co_await Publish(kind, topic, std::move(key), std::move(json));
    done(published);
}

Task<Result<void>> CommandWriter::Publish(
    CommandKind kind, const contract::Topic& topic, std::string key, std::string json
) {
    bus::Outgoing record;
    record.topic = bus::TopicName(std::string(topic.name));
    record.key = std::move(key);
    record.payload = SharedBytes(json);
    const auto published = co_await bus_.Publish(std::move(record));
    if (published) {
        stats_.commands[static_cast<std::size_t>(kind)].Add();
        failure_said_ = false;
        co_return Result<void>();
    }
    stats_.commands_failed.Add();
    if (!std::exchange(failure_said_, true)) {
        log::Warn(
            "gateway.command_failed",
            "a command could not be published; further ones are only counted "
            "(flux_gateway_commands_failed_total) until one succeeds",
            {{"topic", topic.name}, {"error", published.error().context}}
        );
    }
    co_return published.error();
}

Task<> CommandWriter::Stop() {
    co_await tasks_.Drain();
}

}  // namespace flux::gateway
