// What a bus promises to subscribers: who gets what, how often, and what ending a subscription
// means.
#include "bus/event_bus_contract.h"
#include "bus/shard_signal.h"
#include "runtime/task_group.h"

#include <stdexcept>
#include <string>

namespace flux::bus {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

/// Holds handlers back until it is opened.
class Gate {
public:
    explicit Gate(Shard& shard)
        : signal_(std::make_shared<ShardSignal>(shard)) {}

    Task<> Pass() {
        ++waiting_;
        if (!open_) co_await signal_->Wait();
        --waiting_;
    }
    bool SomebodyWaits() const { return waiting_ > 0; }
    void Open() {
        open_ = true;
        signal_->Raise();
    }

private:
    std::shared_ptr<ShardSignal> signal_;
    std::atomic<bool> open_{false};
    std::atomic<int> waiting_{0};
};

TEST_P(EventBusContract, EveryInstanceFromTheEndSeesWhatIsPublishedAfterwards) {
    const TopicName topic = MakeTopic(3);
    for (int i = 0; i < 9; ++i)
        Publish(topic, std::to_string(i), "before");
    Recorder seen;
    const auto reader = Subscribe(0, topic, Group::EveryInstance(), seen.Handler());
    std::set<std::string> expected;
    for (int i = 0; i < 30; ++i) {
        const std::string payload = "after-" + std::to_string(i);
        expected.insert(payload);
        Publish(topic, std::to_string(i), payload);
    }
    ASSERT_TRUE(seen.WaitForDistinct(30));
    const auto payloads = seen.payloads();
    EXPECT_EQ(std::set<std::string>(payloads.begin(), payloads.end()), expected);
    EXPECT_EQ(payloads.size(), 30u);
}

TEST_P(EventBusContract, EachOfSeveralInstancesSeesAllRecords) {
    const TopicName topic = MakeTopic(2);
    std::vector<std::unique_ptr<Recorder>> recorders;
    std::vector<TestSubscription> readers;
    for (std::size_t i = 0; i < 4; ++i) {
        recorders.push_back(std::make_unique<Recorder>());
        readers.push_back(Subscribe(
            i % shards_.size(), topic, Group::EveryInstance(), recorders.back()->Handler()
        ));
    }
    for (int i = 0; i < 20; ++i)
        Publish(topic, std::to_string(i), std::to_string(i));
    for (const auto& recorder : recorders)
        EXPECT_TRUE(recorder->WaitForDistinct(20));
}

TEST_P(EventBusContract, BatchesAreOfOnePartitionBoundedAndOneAtATime) {
    const TopicName topic = MakeTopic(3);
    for (int i = 0; i < 60; ++i)
        Publish(topic, std::to_string(i), std::to_string(i));
    Recorder seen;
    std::map<Partition, int> running;  // used on shard 0 only
    std::atomic<int> most{0};
    BatchHandler handler = [&](std::vector<Message> batch) -> Task<Result<void>> {
        const Partition partition = batch.front().partition;
        most = std::max(most.load(), ++running[partition]);
        co_await SleepFor(Milliseconds(1));
        --running[partition];
        seen.Add(batch);
        co_return Result<void>();
    };
    const auto reader =
        Subscribe(0, topic, Group::EveryInstance(StartAt::kBeginning), std::move(handler), 7);
    ASSERT_TRUE(seen.WaitForDistinct(60));
    EXPECT_EQ(most, 1);
    std::map<Partition, Offset> last;
    for (const auto& batch : seen.batches()) {
        ASSERT_FALSE(batch.empty());
        EXPECT_LE(batch.size(), 7u);
        for (const Message& message : batch) {
            EXPECT_EQ(message.partition, batch.front().partition);
            const auto before = last.find(message.partition);
            if (before != last.end()) {
                EXPECT_GT(message.offset, before->second);
            }
            last[message.partition] = message.offset;
        }
    }
}

TEST_P(EventBusContract, ASlowPartitionDelaysNoOther) {
    const TopicName topic = MakeTopic(4);
    const auto [slow_key, quick_key] = KeysOfDifferentPartitions(topic);
    Gate gate(shards_.shard(0));
    Recorder seen;
    BatchHandler handler = [&, slow = slow_key](std::vector<Message> batch) -> Task<Result<void>> {
        if (batch.front().key == slow) co_await gate.Pass();
        seen.Add(batch);
        co_return Result<void>();
    };
    const auto reader = Subscribe(0, topic, Group::EveryInstance(), std::move(handler), 1);
    Publish(topic, slow_key, "slow");
    ASSERT_TRUE(Eventually([&] { return gate.SomebodyWaits(); }));
    for (int i = 0; i < 10; ++i)
        Publish(topic, quick_key, "quick-" + std::to_string(i));
    EXPECT_TRUE(Eventually([&] { return seen.Has("quick-9"); }));
    EXPECT_FALSE(seen.Has("slow"));
    gate.Open();
    EXPECT_TRUE(Eventually([&] { return seen.Has("slow"); }));
}

TEST_P(EventBusContract, AFailedBatchComesAgainBeforeWhatFollows) {
    const TopicName topic = MakeTopic(1);
    for (const Group& group :
         {Group::EveryInstance(StartAt::kBeginning), Group::Shared("failing")}) {
        Recorder offered;
        std::atomic<int> failures{3};
        BatchHandler handler = [&](std::vector<Message> batch) -> Task<Result<void>> {
            offered.Add(batch);
            if (batch.front().payload.view() == "second" && failures-- > 0) {
                co_return Error(ErrorCode::kUnavailable, Retry::kLater, "not now");
            }
            co_return Result<void>();
        };
        Publish(topic, "k", "first");
        Publish(topic, "k", "second");
        Publish(topic, "k", "third");
        const auto reader = Subscribe(0, topic, group, std::move(handler), 1);
        ASSERT_TRUE(Eventually([&] { return offered.Has("third"); }));
        const auto payloads = offered.payloads();
        ASSERT_GE(payloads.size(), 6u);
        const std::vector<std::string> start(payloads.begin(), payloads.begin() + 6);
        EXPECT_THAT(start, ElementsAre("first", "second", "second", "second", "second", "third"));
    }
}

TEST_P(EventBusContract, AHandlerThatThrowsHasFailed) {
    const TopicName topic = MakeTopic(1);
    Recorder seen;
    std::atomic<int> calls{0};
    BatchHandler handler = [&](std::vector<Message> batch) -> Task<Result<void>> {
        if (++calls == 1) throw std::runtime_error("a bug");
        seen.Add(batch);
        co_return Result<void>();
    };
    const auto reader = Subscribe(0, topic, Group::EveryInstance(), std::move(handler));
    Publish(topic, "k", "v");
    EXPECT_TRUE(seen.WaitForDistinct(1));
    EXPECT_GE(calls, 2);
}

TEST_P(EventBusContract, ASharedGroupSplitsThePartitions) {
    const TopicName topic = MakeTopic(6);
    Recorder left;
    Recorder right;
    const auto first = Subscribe(0, topic, Group::Shared("workers"), left.Handler());
    const auto second = Subscribe(1, topic, Group::Shared("workers"), right.Handler());
    int published = 0;
    // A member may take a while to get its share; both must have one in the end.
    ASSERT_TRUE(Eventually([&] {
        for (int i = 0; i < 12; ++i, ++published)
            Publish(topic, std::to_string(published), std::to_string(published));
        return !left.messages().empty() && !right.messages().empty();
    }));
    EXPECT_TRUE(Eventually([&] {
        std::set<std::string> handled;
        for (const Recorder* recorder : {&left, &right}) {
            const auto payloads = recorder->payloads();
            handled.insert(payloads.begin(), payloads.end());
        }
        return handled.size() == static_cast<std::size_t>(published);
    }));
}

TEST_P(EventBusContract, APartitionOfAGroupIsHandledByOneMemberAtATime) {
    const TopicName topic = MakeTopic(3);
    std::mutex mutex;
    std::map<Partition, int> running;
    std::atomic<int> most{0};
    std::set<std::string> handled;
    auto handler = [&](std::vector<Message> batch) -> Task<Result<void>> {
        const Partition partition = batch.front().partition;
        {
            const std::scoped_lock lock(mutex);
            most = std::max(most.load(), ++running[partition]);
        }
        co_await SleepFor(Milliseconds(1));
        const std::scoped_lock lock(mutex);
        --running[partition];
        for (const Message& message : batch)
            handled.insert(std::string(message.payload.view()));
        co_return Result<void>();
    };
    constexpr int kRecords = 150;
    auto steady = Subscribe(0, topic, Group::Shared("movers"), handler, 3);
    for (int i = 0; i < kRecords; ++i) {
        Publish(topic, std::to_string(i), std::to_string(i));
        if (i % 30 == 10) {  // members come and go meanwhile
            auto guest = Subscribe(1, topic, Group::Shared("movers"), handler, 3);
            Publish(topic, "guest", "guest-" + std::to_string(i));
            guest.Close();
        }
    }
    EXPECT_TRUE(Eventually([&] {
        const std::scoped_lock lock(mutex);
        return handled.size() == kRecords + 5;
    }));
    EXPECT_EQ(most, 1);
    steady.Close();
}

TEST_P(EventBusContract, AGroupGoesOnBehindItsLastCommit) {
    const TopicName topic = MakeTopic(2);
    {
        Recorder seen;
        auto member = Subscribe(0, topic, Group::Shared("resuming"), seen.Handler());
        for (int i = 0; i < 10; ++i)
            Publish(topic, std::to_string(i), "early-" + std::to_string(i));
        ASSERT_TRUE(seen.WaitForDistinct(10));
        member.Close();
    }
    for (int i = 0; i < 10; ++i)
        Publish(topic, std::to_string(i), "late-" + std::to_string(i));
    Recorder seen;
    const auto member = Subscribe(1, topic, Group::Shared("resuming"), seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(10));
    for (const std::string& payload : seen.payloads())
        EXPECT_EQ(payload.substr(0, 5), "late-") << "Close stores the commit";
}

TEST_P(EventBusContract, GroupsDoNotDisturbEachOther) {
    const TopicName topic = MakeTopic(2);
    for (int i = 0; i < 10; ++i)
        Publish(topic, std::to_string(i), std::to_string(i));
    Recorder one;
    Recorder other;
    Recorder late;
    const auto first = Subscribe(0, topic, Group::Shared("one"), one.Handler());
    const auto second = Subscribe(0, topic, Group::Shared("other"), other.Handler());
    const auto third = Subscribe(0, topic, Group::Shared("late", StartAt::kEnd), late.Handler());
    EXPECT_TRUE(one.WaitForDistinct(10));
    EXPECT_TRUE(other.WaitForDistinct(10));
    Publish(topic, "k", "new");
    EXPECT_TRUE(Eventually([&] { return late.Has("new"); }));
    EXPECT_EQ(late.messages().size(), 1u);
}

TEST_P(EventBusContract, AMemberThatLeavesHandsItsPartitionsOver) {
    const TopicName topic = MakeTopic(4);
    Recorder leaving;
    Recorder staying;
    auto first = Subscribe(0, topic, Group::Shared("heirs"), leaving.Handler());
    const auto second = Subscribe(1, topic, Group::Shared("heirs"), staying.Handler());
    first.Close();
    const std::size_t before = leaving.messages().size();
    for (int i = 0; i < 40; ++i)
        Publish(topic, std::to_string(i), std::to_string(i));
    EXPECT_TRUE(staying.WaitForDistinct(40));
    EXPECT_EQ(leaving.messages().size(), before);
}

TEST_P(EventBusContract, WhatADestroyedMemberHadInHandsIsHandledByAnother) {
    const TopicName topic = MakeTopic(1);
    Gate gate(shards_.shard(0));
    BatchHandler stuck = [&gate](std::vector<Message>) -> Task<Result<void>> {
        co_await gate.Pass();
        co_return Result<void>();
    };
    auto first = Subscribe(0, topic, Group::Shared("heirs"), std::move(stuck));
    Publish(topic, "k", "in hands");
    ASSERT_TRUE(Eventually([&] { return gate.SomebodyWaits(); }));
    first.Destroy();
    Recorder seen;
    auto second = Subscribe(1, topic, Group::Shared("heirs"), seen.Handler());
    EXPECT_TRUE(Eventually([&] { return seen.Has("in hands"); }));
    gate.Open();  // its commit comes too late and must not harm
    ASSERT_TRUE(Eventually([&] { return !gate.SomebodyWaits(); }));
    Publish(topic, "k", "next");
    EXPECT_TRUE(Eventually([&] { return seen.Has("next"); }));
    second.Close();
}

TEST_P(EventBusContract, CloseWaitsForTheBatchAndItsCommit) {
    const TopicName topic = MakeTopic(1);
    Gate gate(shards_.shard(0));
    std::atomic<bool> handled{false};
    BatchHandler handler = [&](std::vector<Message>) -> Task<Result<void>> {
        co_await gate.Pass();
        handled = true;
        co_return Result<void>();
    };
    auto member = Subscribe(0, topic, Group::Shared("closing"), std::move(handler));
    Publish(topic, "k", "running");
    ASSERT_TRUE(Eventually([&] { return gate.SomebodyWaits(); }));
    std::future<void> closed = member.StartClosing();
    Publish(topic, "k", "too late");
    EXPECT_EQ(closed.wait_for(Milliseconds(20)), std::future_status::timeout);
    EXPECT_FALSE(handled);
    gate.Open();
    ASSERT_EQ(closed.wait_for(kTestDeadline), std::future_status::ready);
    EXPECT_TRUE(handled);

    Recorder seen;
    const auto next = Subscribe(1, topic, Group::Shared("closing"), seen.Handler());
    ASSERT_TRUE(Eventually([&] { return seen.Has("too late"); }));
    EXPECT_THAT(seen.payloads(), Not(Contains("running")));
}

TEST_P(EventBusContract, AHandlerMayCloseItsOwnSubscription) {
    const TopicName topic = MakeTopic(1);
    Recorder seen;
    std::unique_ptr<Subscription> own;  // used on shard 0 only
    std::atomic<bool> closed{false};
    BatchHandler handler = [&](std::vector<Message> batch) -> Task<Result<void>> {
        seen.Add(batch);
        co_await own->Close();
        own.reset();
        closed = true;
        co_return Result<void>();
    };
    auto member = Subscribe(0, topic, Group::Shared("leaver"), std::move(handler), 1);
    shards_.On(0, [&] { own = std::move(member.handle()); });
    Publish(topic, "k", "first");
    ASSERT_TRUE(Eventually([&] { return closed.load(); }));
    Publish(topic, "k", "second");

    Recorder rest;
    const auto next = Subscribe(1, topic, Group::Shared("leaver"), rest.Handler());
    EXPECT_TRUE(Eventually([&] { return rest.Has("second"); }));
    EXPECT_THAT(seen.payloads(), ElementsAre("first"));
}

TEST_P(EventBusContract, AHandlerMayDestroyItsOwnSubscription) {
    for (const Group& group : {Group::EveryInstance(), Group::Shared("vanishing")}) {
        const TopicName topic = MakeTopic(1);
        Recorder seen;
        std::unique_ptr<Subscription> own;  // used on shard 0 only
        std::atomic<bool> destroyed{false};
        BatchHandler handler = [&](std::vector<Message> batch) -> Task<Result<void>> {
            seen.Add(batch);
            own.reset();
            destroyed = true;
            co_return Result<void>();
        };
        auto member = Subscribe(0, topic, group, std::move(handler), 1);
        shards_.On(0, [&] { own = std::move(member.handle()); });
        Publish(topic, "k", "first");
        ASSERT_TRUE(Eventually([&] { return destroyed.load(); }));
        Publish(topic, "k", "second");
        if (!group.shared()) continue;
        Recorder rest;
        const auto next = Subscribe(0, topic, group, rest.Handler());
        EXPECT_TRUE(Eventually([&] { return rest.Has("second"); }));
        EXPECT_THAT(seen.payloads(), Not(Contains("second")));
    }
}

TEST_P(EventBusContract, AHandlerMayPublish) {
    const TopicName in = MakeTopic(2);
    const TopicName out = MakeTopic(2);
    Recorder seen;
    const auto sink = Subscribe(1, out, Group::EveryInstance(), seen.Handler());
    BatchHandler relay = [&](std::vector<Message> batch) -> Task<Result<void>> {
        for (Message& message : batch) {
            Outgoing forward = Record(out, message.key, message.payload.view());
            const Result<Position> stored = co_await bus().Publish(std::move(forward));
            if (!stored) co_return stored.error();
        }
        co_return Result<void>();
    };
    auto source = Subscribe(0, in, Group::Shared("relay"), std::move(relay));
    for (int i = 0; i < 20; ++i)
        Publish(in, std::to_string(i), std::to_string(i));
    EXPECT_TRUE(seen.WaitForDistinct(20));
    source.Close();
}

TEST_P(DurableEventBusContract, AGroupResumesAfterARestartBehindItsLastCommit) {
    const TopicName topic = MakeTopic(3);
    {
        Recorder seen;
        auto member = Subscribe(0, topic, Group::Shared("restarting"), seen.Handler());
        for (int i = 0; i < 30; ++i)
            Publish(topic, std::to_string(i), "handled-" + std::to_string(i));
        ASSERT_TRUE(seen.WaitForDistinct(30));
        member.Close();
    }
    for (int i = 0; i < 30; ++i)
        Publish(topic, std::to_string(i), "waiting-" + std::to_string(i));
    Reopen();
    ASSERT_TRUE(Ensure(topic, OptionsOf(3)));
    Recorder seen;
    const auto member = Subscribe(0, topic, Group::Shared("restarting"), seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(30));
    for (const std::string& payload : seen.payloads())
        EXPECT_EQ(payload.substr(0, 8), "waiting-");
}

TEST_P(DurableEventBusContract, WhatWasNotHandledComesAgainAfterARestart) {
    const TopicName topic = MakeTopic(1);
    {
        Recorder offered;
        BatchHandler failing = [&](std::vector<Message> batch) -> Task<Result<void>> {
            offered.Add(batch);
            co_return Error(ErrorCode::kUnavailable, Retry::kLater, "never");
        };
        auto member = Subscribe(0, topic, Group::Shared("failing"), std::move(failing));
        Publish(topic, "k", "pending");
        ASSERT_TRUE(offered.WaitForDistinct(1));
        member.Close();
    }
    Reopen();
    ASSERT_TRUE(Ensure(topic, OptionsOf(1)));
    Recorder seen;
    const auto member = Subscribe(0, topic, Group::Shared("failing"), seen.Handler());
    EXPECT_TRUE(Eventually([&] { return seen.Has("pending"); }));
}

TEST_P(
    DurableEventBusContract, AGroupThatBeganAtTheEndSkipsNothingWhenItRestartsBeforeItsFirstCommit
) {
    const TopicName topic = MakeTopic(1);
    Publish(topic, "k", "old");
    {
        BatchHandler failing = [](std::vector<Message>) -> Task<Result<void>> {
            co_return Error(ErrorCode::kUnavailable, Retry::kLater, "never");
        };
        auto member = Subscribe(0, topic, Group::Shared("tail", StartAt::kEnd), std::move(failing));
        Publish(topic, "k", "new");
        member.Close();
    }
    Reopen();
    ASSERT_TRUE(Ensure(topic, OptionsOf(1)));
    Recorder seen;
    const auto member = Subscribe(0, topic, Group::Shared("tail", StartAt::kEnd), seen.Handler());
    EXPECT_TRUE(Eventually([&] { return seen.Has("new"); }));
    EXPECT_FALSE(seen.Has("old"));
}

}  // namespace
}  // namespace flux::bus
