// What is the embedded bus's own: bounded memory, retention, reading by position, its file.
#include "bus/embedded_bus_fixture.h"
#include "runtime/task_group.h"
#include "sqlite/connection.h"

#include <gmock/gmock.h>

#include <unistd.h>

namespace flux::bus {
namespace {

using ::testing::HasSubstr;

TEST_F(EmbeddedBusTest, MemoryTopicsStayWithinTheirBytes) {
    Open();
    TopicOptions options;
    options.retention_bytes = 64 * KiB;
    const TopicName topic = MakeTopic(options, "ticks");
    for (int i = 0; i < 1'000; ++i)
        ASSERT_TRUE(Publish(topic, std::string(1'000, 'x')));
    EXPECT_LE(Metric("flux_bus_memory_bytes{topic=\"ticks\"}"), 64.0 * KiB);
    EXPECT_EQ(Metric("flux_bus_acknowledged_total{topic=\"ticks\"}"), 1'000);
    const auto [oldest, next] = Watermarks(topic);
    EXPECT_LT(next.value() - oldest.value(), 66);
}

TEST_F(EmbeddedBusTest, AReaderThatFellBehindIsToldAndGoesOnAtTheOldestKept) {
    Open();
    TopicOptions options;
    options.retention_bytes = 16 * KiB;
    const TopicName topic = MakeTopic(options, "ticks");
    std::atomic<bool> open{false};
    std::atomic<bool> waiting{false};
    Recorder seen;
    BatchHandler slow = [&](std::vector<Message> batch) -> Task<Result<void>> {
        seen.Add(batch);
        waiting = true;
        while (!open)
            co_await SleepFor(Milliseconds(1));
        co_return Result<void>();
    };
    auto reader = Subscribe(topic, Group::EveryInstance(), std::move(slow));
    ASSERT_TRUE(Publish(topic, "first"));
    ASSERT_TRUE(Eventually([&] { return waiting.load(); }));
    for (int i = 0; i < 200; ++i)
        ASSERT_TRUE(Publish(topic, std::string(1'000, 'x')));
    ASSERT_TRUE(Publish(topic, "last"));
    const auto kept = Watermarks(topic);
    open = true;
    ASSERT_TRUE(Eventually([&] { return seen.Has("last"); }));
    const auto missed = Metric("flux_bus_missed_total{topic=\"ticks\"}");
    EXPECT_EQ(missed + static_cast<double>(seen.messages().size()), 202);
    EXPECT_EQ(seen.messages()[1].offset, kept.first);
    reader.Close();
}

TEST_F(EmbeddedBusTest, AReaderHearsWhereItGoesOnBehindWhatIsGone) {
    Open();
    TopicOptions options;
    options.retention_bytes = 16 * KiB;
    const TopicName topic = MakeTopic(options, "ticks");
    std::atomic<bool> open{false};
    std::atomic<bool> waiting{false};
    Recorder seen;
    std::vector<Offset> told;  // on the reader's shard, as what is handled
    SubscribeOptions wanted;
    wanted.topic = topic;
    wanted.lost = [&](Partition partition, Offset from) {
        EXPECT_EQ(partition, Partition(0));
        EXPECT_EQ(seen.messages().size(), 1u) << "before what comes behind it";
        told.push_back(from);
    };
    BatchHandler slow = [&](std::vector<Message> batch) -> Task<Result<void>> {
        seen.Add(batch);
        waiting = true;
        while (!open)
            co_await SleepFor(Milliseconds(1));
        co_return Result<void>();
    };
    using Subscribed = Result<std::unique_ptr<Subscription>>;
    auto subscribed =
        shards_.Await<Subscribed>(1, [&] { return bus_->Subscribe(wanted, std::move(slow)); });
    ASSERT_TRUE(subscribed);
    TestSubscription reader(shards_, 1, std::move(*subscribed));
    ASSERT_TRUE(Publish(topic, "first"));
    ASSERT_TRUE(Eventually([&] { return waiting.load(); }));
    for (int i = 0; i < 200; ++i)
        ASSERT_TRUE(Publish(topic, std::string(1'000, 'x')));
    ASSERT_TRUE(Publish(topic, "last"));
    const Offset oldest = Watermarks(topic).first;
    open = true;
    ASSERT_TRUE(Eventually([&] { return seen.Has("last"); }));
    reader.Close();
    EXPECT_EQ(told, std::vector<Offset>{oldest});
}

TEST_F(EmbeddedBusTest, InstancesShareThePayloadsBytes) {
    Open();
    const TopicName topic = MakeTopic(TopicOptions(), "ticks");
    Recorder one;
    Recorder other;
    auto first = Subscribe(topic, Group::EveryInstance(), one.Handler());
    auto second = Subscribe(topic, Group::EveryInstance(), other.Handler());
    ASSERT_TRUE(Publish(topic, "payload"));
    ASSERT_TRUE(one.WaitForDistinct(1));
    ASSERT_TRUE(other.WaitForDistinct(1));
    EXPECT_TRUE(one.messages().front().payload.SameAs(other.messages().front().payload));
}

TEST_F(EmbeddedBusTest, OldDurableRecordsComeFromDiskInOrder) {
    options_.durable_tail_bytes = 4 * KiB;
    Open();
    const TopicName topic = MakeTopic(Durable());
    for (int i = 0; i < 300; ++i)
        ASSERT_TRUE(Publish(topic, std::to_string(i)));
    Recorder seen;
    auto reader = Subscribe(topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(300));
    const auto payloads = seen.payloads();
    ASSERT_EQ(payloads.size(), 300u);
    for (std::size_t i = 0; i < payloads.size(); ++i)
        EXPECT_EQ(payloads[i], std::to_string(i));
    EXPECT_GT(Metric("flux_bus_log_records_from_disk_total"), 200);
    EXPECT_LE(Metric("flux_bus_memory_bytes{topic=\"orders\"}"), 4.0 * KiB);
    EXPECT_EQ(Metric("flux_bus_missed_total{topic=\"orders\"}"), 0);
}

TEST_F(EmbeddedBusTest, ReadsByPosition) {
    Open();
    const TopicName topic = MakeTopic(Durable());
    std::vector<Position> stood;
    for (int i = 0; i < 10; ++i)
        stood.push_back(Publish(topic, std::to_string(i)).value());
    Open();
    const auto page = Read(topic, stood[4], 3);
    ASSERT_TRUE(page) << ToString(page.error());
    ASSERT_EQ(page->size(), 3u);
    EXPECT_EQ(page->front().payload.view(), "4");
    EXPECT_EQ(page->back().payload.view(), "6");
    Position end = stood[9];
    end.offset = Offset(end.offset.value() + 1);
    const auto nothing = Read(topic, end, 3);
    ASSERT_TRUE(nothing);
    EXPECT_TRUE(nothing->empty());
}

TEST_F(EmbeddedBusTest, APositionOfAnotherLogOrPastTheEndIsAnErrorWithARemedy) {
    Open();
    const TopicName topic = MakeTopic(Durable());
    const Position position = Publish(topic, "x").value();
    Position past = position;
    past.offset = Offset(position.offset.value() + 2);
    const auto beyond = Read(topic, past, 1);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, ErrorCode::kConflict);
    EXPECT_THAT(beyond.error().context, HasSubstr("past the end"));

    bus_.reset();
    std::filesystem::remove_all(options_.directory);
    Open();
    MakeTopic(Durable());
    ASSERT_TRUE(Publish(topic, "another"));
    const auto foreign = Read(topic, position, 1);
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, ErrorCode::kConflict);
    EXPECT_THAT(foreign.error().context, HasSubstr("another log"));
    EXPECT_THAT(foreign.error().context, HasSubstr("start at"));
}

TEST_F(EmbeddedBusTest, ARecordThatIsGoneIsSaidToBeGone) {
    Open();
    TopicOptions options;
    options.retention_bytes = 2 * KiB;
    const TopicName topic = MakeTopic(options, "ticks");
    const Position first = Publish(topic, "first").value();
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(Publish(topic, std::string(1'000, 'x')));
    const auto gone = Read(topic, first, 1);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(gone.error().context, HasSubstr("no longer kept"));
}

TEST_F(EmbeddedBusTest, OffsetsOfMemoryTopicsNeverMeanAnotherRunsRecord) {
    Open();
    const TopicName topic = MakeTopic(TopicOptions(), "ticks");
    const Position before = Publish(topic, "before").value();
    Open();
    MakeTopic(TopicOptions(), "ticks");
    const Position after = Publish(topic, "after").value();
    EXPECT_EQ(before.log_identity, after.log_identity);
    EXPECT_GT(after.offset, before.offset);
    const auto gone = Read(topic, before, 1);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
}

TEST_F(EmbeddedBusTest, RetentionBySizeKeepsWhatAGroupHasNotHandled) {
    Open();
    TopicOptions options = Durable();
    options.retention_bytes = 10 * KiB;
    const TopicName topic = MakeTopic(options);
    BatchHandler failing = [](std::vector<Message>) -> Task<Result<void>> {
        co_return Error(ErrorCode::kUnavailable, Retry::kLater, "not now");
    };
    auto stuck = Subscribe(topic, Group::Shared("worker"), std::move(failing));
    for (int i = 0; i < 50; ++i)
        ASSERT_TRUE(Publish(topic, std::string(1'000, 'x')));
    EXPECT_EQ(Watermarks(topic).first, Offset(0));
    EXPECT_EQ(Metric("flux_bus_group_lag{group=\"worker\",topic=\"orders\"}"), 50);
    stuck.Close();

    Recorder seen;
    auto worker = Subscribe(topic, Group::Shared("worker"), seen.Handler());
    ASSERT_TRUE(Eventually([&] { return seen.messages().size() == 50; }));
    worker.Close();
    ASSERT_TRUE(Publish(topic, "one more"));
    ASSERT_TRUE(Publish(topic, "and one"));
    EXPECT_GE(Watermarks(topic).first, Offset(40));
    EXPECT_LE(Watermarks(topic).first, Offset(50));
    Open();
    EXPECT_GE(Watermarks(topic).first, Offset(40)) << "and so it is after a restart";
}

TEST_F(EmbeddedBusTest, AForgottenGroupHoldsNothingBack) {
    Open();
    TopicOptions options = Durable();
    options.retention_bytes = 10 * KiB;
    const TopicName topic = MakeTopic(options);
    Recorder seen;
    auto member = Subscribe(topic, Group::Shared("gone"), seen.Handler());
    using Done = Result<void>;
    const auto forget = [&] { return bus_->ForgetGroup(topic, "gone"); };
    const Done busy = shards_.Await<Done>(0, forget);
    ASSERT_FALSE(busy);
    EXPECT_EQ(busy.error().code, ErrorCode::kConflict);
    member.Close();
    for (int i = 0; i < 50; ++i)
        ASSERT_TRUE(Publish(topic, std::string(1'000, 'x')));
    EXPECT_EQ(Watermarks(topic).first, Offset(0));
    Open();  // a group nobody subscribes to any more is still known
    EXPECT_EQ(Metric("flux_bus_group_lag{group=\"gone\",topic=\"orders\"}"), 50);
    EXPECT_TRUE(shards_.Await<Done>(0, forget));
    ASSERT_TRUE(Publish(topic, "x"));
    EXPECT_GE(Watermarks(topic).first, Offset(40));
    const Done unknown = shards_.Await<Done>(0, forget);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
}

TEST_F(EmbeddedBusTest, RetentionByTime) {
    ManualClock clock;
    clock_ = &clock;
    Open();
    TopicOptions options = Durable();
    options.retention_time = 1h;
    const TopicName topic = MakeTopic(options);
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(Publish(topic, "old"));
    clock.Advance(59min);
    ASSERT_TRUE(Publish(topic, "younger"));
    EXPECT_EQ(Watermarks(topic).first, Offset(0));
    clock.Advance(2min);
    ASSERT_TRUE(Publish(topic, "new"));
    EXPECT_EQ(Watermarks(topic).first, Offset(5));
    bus_.reset();
}

TEST_F(EmbeddedBusTest, TheFileIsOpenOnlyOnce) {
    Open();
    MetricRegistry metrics;
    const auto second = EmbeddedBus::Open(options_, *clock_, metrics);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_THAT(second.error().context, HasSubstr("process " + std::to_string(::getpid())));
    EXPECT_THAT(second.error().context, HasSubstr("another data directory"));
    bus_.reset();
    EXPECT_TRUE(EmbeddedBus::Open(options_, *clock_, metrics));
}

TEST_F(EmbeddedBusTest, ADatabaseOfAnotherProgramIsLeftAlone) {
    std::filesystem::create_directories(options_.directory);
    {
        auto other =
            sqlite::Connection::Open(options_.directory / "log.db", sqlite::ConnectionOptions());
        ASSERT_TRUE(other->Execute("CREATE TABLE theirs(x)"));
    }
    const auto opened = EmbeddedBus::Open(options_, *clock_, metrics_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(opened.error().context, HasSubstr("another program"));
}

TEST_F(EmbeddedBusTest, NamesAndPartitionCountsFollowKafkasRules) {
    Open();
    const auto ensure = [&](std::string name, std::int32_t partitions) {
        TopicOptions options;
        options.partitions = partitions;
        const TopicName topic(std::move(name));
        return shards_.Await<Result<void>>(0, [&] { return bus_->EnsureTopic(topic, options); });
    };
    EXPECT_TRUE(ensure("crypto.ticker_event-1", 3));
    for (const char* bad : {"", ".", "..", "with space", "sl/ash", "um\xc3\xa4laut"}) {
        const auto refused = ensure(bad, 1);
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
    }
    EXPECT_FALSE(ensure(std::string(250, 'a'), 1));
    EXPECT_FALSE(ensure("none", 0));
    EXPECT_FALSE(ensure("many", 100'000));
}

TEST_F(EmbeddedBusTest, CountsRedeliveries) {
    Open();
    const TopicName topic = MakeTopic(Durable());
    std::atomic<int> calls{0};
    BatchHandler handler = [&](std::vector<Message>) -> Task<Result<void>> {
        if (++calls < 3) co_return Error(ErrorCode::kUnavailable, Retry::kLater, "not now");
        co_return Result<void>();
    };
    auto member = Subscribe(topic, Group::Shared("worker"), std::move(handler));
    ASSERT_TRUE(Publish(topic, "x"));
    ASSERT_TRUE(Eventually([&] { return calls == 3; }));
    member.Close();
    EXPECT_EQ(Metric("flux_bus_redelivered_total{topic=\"orders\"}"), 2);
    EXPECT_EQ(Metric("flux_bus_published_total{topic=\"orders\"}"), 1);
    EXPECT_EQ(Metric("flux_bus_bytes_total{topic=\"orders\"}"), 2);
    EXPECT_EQ(Metric("flux_bus_group_lag{group=\"worker\",topic=\"orders\"}"), 0);
}

}  // namespace
}  // namespace flux::bus
