// For tests of the desk: a bus that remembers what is published, a clock that is moved, one shard.
#pragma once

#include "base/clock.h"
#include "bus/event_bus.h"
#include "gateway/command_writer.h"
#include "gateway/desk_options.h"
#include "gateway/desk_stats.h"
#include "gateway/gateway_fixture.h"
#include "runtime/shard_set.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace flux::gateway::testing {

/// Takes records, or refuses them, and has none.
class RememberingBus final : public bus::EventBus {
public:
    Task<Result<void>> EnsureTopic(bus::TopicName, bus::TopicOptions) override {
        co_return Result<void>();
    }
    Task<Result<bus::Position>> Publish(bus::Outgoing message) override {
        if (refuses) co_return Error(ErrorCode::kFull, Retry::kLater, "the queue is full");
        published.push_back(std::move(message));
        co_return bus::Position();
    }
    Task<Result<std::unique_ptr<bus::Subscription>>> Subscribe(
        bus::SubscribeOptions, bus::BatchHandler
    ) override {
        co_return NotHere();
    }
    std::string identity() const override { return "remembering"; }
    Task<Result<std::vector<std::pair<bus::Offset, bus::Offset>>>> Watermarks(bus::TopicName
    ) override {
        co_return NotHere();
    }
    Task<Result<std::vector<bus::Message>>> Read(bus::TopicName, bus::Position, std::size_t)
        override {
        co_return NotHere();
    }
    Task<Result<bus::Offset>> OffsetAt(bus::TopicName, bus::Partition, WallMillis) override {
        co_return NotHere();
    }

    std::vector<bus::Outgoing> published;
    bool refuses = false;

private:
    static Error NotHere() { return Error(ErrorCode::kNotFound, Retry::kNever, "not here"); }
};

class DeskRig : public ::testing::Test {
protected:
    DeskRig() { shards_.Start(); }
    ~DeskRig() override {
        RunOn(shard(), commands_.Stop());
        shards_.Stop();
    }

    Shard& shard() { return shards_[0]; }

    /// Runs `work` on the shard, then what it has begun.
    void Do(const std::function<void()>& work) {
        shards_.OnEachShard([&](Shard&) { work(); });
        for (int turns = 0; turns < 3; ++turns)
            shards_.OnEachShard([](Shard&) {});
    }

    ManualClock clock_;
    ShardSet shards_{1, clock_};
    RememberingBus bus_;
    DeskOptions options_;
    DeskStats stats_;
    CommandWriter commands_{shards_[0], bus_, stats_};
};

}  // namespace flux::gateway::testing
