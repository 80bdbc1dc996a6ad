// What becomes of a partition that cannot be read where it was, or not now.
#include "bus/kafka/kafka_fan_out.h"

#include "bus/kafka/kafka_bus_fixture.h"
#include "bus/kafka/kafka_consumer.h"

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace flux::bus {
namespace {

/// A lane for one job that waits, which is taken, behind one that runs.
class FullLane {
public:
    explicit FullLane(BlockingLane& lane) {
        const auto runs = std::make_shared<std::latch>(1);
        EXPECT_TRUE(lane.TryPost([runs, release = release_] {
            runs->count_down();
            release->wait();
        }));
        runs->wait();
        EXPECT_TRUE(lane.TryPost([] {}));
        EXPECT_FALSE(lane.TryPost([] {}));
    }
    FullLane(const FullLane&) = delete;
    FullLane& operator=(const FullLane&) = delete;
    ~FullLane() { Release(); }
    void Release() {
        if (!std::exchange(released_, true)) release_->count_down();
    }

private:
    const std::shared_ptr<std::latch> release_ = std::make_shared<std::latch>(1);
    bool released_ = false;
};

/// One subscription, without a bus around it. Ends with its scope, before what its handler uses.
class Reader {
public:
    Reader(ShardHarness& shards, std::shared_ptr<KafkaTopicReading> reading)
        : shards_(shards),
          reading_(std::move(reading)) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { End(); }

    void Start(std::shared_ptr<KafkaConsumer> consumer) {
        consumer_ = std::move(consumer);
        shards_.On(1, [&] { reading_->Start(consumer_); });
    }
    void End() {
        if (!reading_) return;
        std::promise<void> ended;
        shards_.On(1, [&] { reading_->Finish([&ended] { ended.set_value(); }); });
        EXPECT_EQ(ended.get_future().wait_for(kTestDeadline), std::future_status::ready);
        shards_.On(1, [] {});  // what ended it is done
        consumer_.reset();
        reading_.reset();
    }

    /// As if the log did not have what the reader wants next.
    void OutOfRange(Partition partition, Offset next) {
        shards_.On(1, [&] { reading_->OutOfRange(partition, next); });
    }
    const std::shared_ptr<KafkaTopicReading>& reading() const { return reading_; }

private:
    ShardHarness& shards_;
    std::shared_ptr<KafkaTopicReading> reading_;
    std::shared_ptr<KafkaConsumer> consumer_;
};

class KafkaFanOutTest : public KafkaBusTest {
protected:
    ~KafkaFanOutTest() override {
        lane_.reset();
        if (fan_out_) fan_out_->Close();
    }

    void Begin() {
        Open();
        auto admin = KafkaAdmin::Make(options_);
        ASSERT_TRUE(admin) << ToString(admin.error());
        admin_ = std::move(*admin);
        lane_ = std::make_unique<BlockingLane>("test", 1);
        fan_out_ = std::make_unique<KafkaFanOut>(*admin_, *lane_, options_);
    }

    /// Reads a topic from its beginning on.
    std::unique_ptr<Reader> Read(
        const TopicName& topic,
        BatchHandler handler,
        std::size_t records_max = 500,
        LossHandler lost = nullptr
    ) {
        SubscribeOptions wanted;
        wanted.topic = topic;
        wanted.group = Group::EveryInstance(StartAt::kBeginning);
        wanted.batch_records_max = records_max;
        wanted.lost = std::move(lost);
        Shard& shard = shards_.shard(1);
        auto reading = fan_out_->Open(wanted, shard, stats_);
        FLUX_ASSERT(reading);
        auto reader = std::make_unique<Reader>(shards_, *reading);
        reader->Start(std::make_shared<KafkaConsumer>(
            shard, wanted, std::move(handler), *reading, options_, stats_
        ));
        return reader;
    }

    /// Publishes as another process does, which knows what the topic is now.
    void PublishToEveryPartition(const TopicName& topic, std::size_t partitions) {
        MetricRegistry metrics;
        auto other = KafkaBus::Open(options_, metrics, [] { return false; });
        ASSERT_TRUE(other) << ToString(other.error());
        std::set<Partition> used;
        for (int i = 0; used.size() < partitions; ++i) {
            ASSERT_LT(i, 1'000);
            Outgoing record;
            record.topic = topic;
            record.key = std::to_string(i);
            record.payload = SharedBytes(std::to_string(i));
            const auto stored =
                shards_.Await<Result<Position>>(0, [&] { return (*other)->Publish(record); });
            ASSERT_TRUE(stored) << ToString(stored.error());
            used.insert(stored->partition);
        }
    }

    const std::shared_ptr<KafkaConsumerStats> stats_ = std::make_shared<KafkaConsumerStats>();
    std::unique_ptr<KafkaAdmin> admin_;
    std::unique_ptr<BlockingLane> lane_;
    std::unique_ptr<KafkaFanOut> fan_out_;
};

TEST_F(KafkaFanOutTest, AReaderHearsWhereItGoesOnBehindWhatIsGone) {
    Begin();
    const TopicName topic = MakeTopic();
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(Publish(topic, std::to_string(i)));
    Recorder seen;
    std::vector<Offset> told;  // on the reader's shard
    LossHandler lost = [&](Partition, Offset from) { told.push_back(from); };
    const auto reader = Read(topic, seen.Handler(), 500, std::move(lost));
    ASSERT_TRUE(seen.WaitForDistinct(5));
    DeleteRecordsBefore(topic, Offset(4));
    reader->OutOfRange(Partition(0), Offset(2));
    ASSERT_TRUE(Publish(topic, "next"));
    ASSERT_TRUE(Eventually([&] { return seen.Has("next"); }));
    // A log that is another one is told by its records.
    reader->OutOfRange(Partition(0), Offset(1'000));
    ASSERT_TRUE(Publish(topic, "last"));
    ASSERT_TRUE(Eventually([&] { return seen.Has("last"); }));
    reader->End();
    EXPECT_EQ(told, std::vector<Offset>{Offset(4)});
}

TEST_F(KafkaFanOutTest, APartitionIsReadThoughThereWasNoRoomForItsQuestion) {
    Begin();
    const TopicName topic = MakeTopic();
    ASSERT_TRUE(Publish(topic, "one"));
    Recorder seen;
    const auto reader = Read(topic, seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(1));
    FullLane full(*lane_);
    reader->OutOfRange(Partition(0), Offset(0));
    ASSERT_TRUE(Eventually([&] { return stats_->errors.value() >= 3; })) << "it is tried again";
    full.Release();
    ASSERT_TRUE(Eventually([&] { return seen.messages().size() == 2; }));
    ASSERT_TRUE(Publish(topic, "two"));
    ASSERT_TRUE(seen.WaitForDistinct(2));
    EXPECT_THAT(seen.payloads(), ::testing::ElementsAre("one", "one", "two"));
}

TEST_F(KafkaFanOutTest, APlaceThatIsGoneAgainAtOnceIsAskedForWithAPause) {
    Begin();
    const TopicName topic = MakeTopic();
    ASSERT_TRUE(Publish(topic, "one"));
    Recorder seen;
    const auto reader = Read(topic, seen.Handler());
    ASSERT_TRUE(seen.WaitForDistinct(1));
    reader->OutOfRange(Partition(0), Offset(0));
    ASSERT_TRUE(Eventually([&] { return seen.messages().size() == 2; }));
    EXPECT_EQ(stats_->errors.value(), 0u) << "it went on at once";
    // It was told to begin there.
    reader->OutOfRange(Partition(0), Offset(0));
    EXPECT_EQ(stats_->errors.value(), 1u);
    ASSERT_TRUE(Eventually([&] { return seen.messages().size() == 3; }));
    // It got on meanwhile.
    reader->OutOfRange(Partition(0), Offset(1));
    ASSERT_TRUE(Publish(topic, "two"));
    ASSERT_TRUE(seen.WaitForDistinct(2));
    EXPECT_EQ(stats_->errors.value(), 1u);
}

TEST_F(KafkaFanOutTest, APartitionThatIsNotThereIsAskedForWithPausesAndReadWhenItIs) {
    options_.retry_first = Milliseconds(200);
    options_.retry_longest = Milliseconds(200);
    Begin();
    const TopicName topic = MakeTopic(1);
    Recorder seen;
    const auto reader = Read(topic, seen.Handler());
    const auto began = std::chrono::steady_clock::now();
    reader->OutOfRange(Partition(1), Offset(0));
    ASSERT_TRUE(Eventually([&] { return stats_->errors.value() >= 4; }));
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_GE(took, 3 * options_.retry_first / 2) << "each pause is at least half of that";
    GrowTopic(topic, 2);
    ASSERT_TRUE(admin_->Describe(topic));
    ASSERT_NO_FATAL_FAILURE(PublishToEveryPartition(topic, 2));
    EXPECT_TRUE(Eventually([&] {
        std::set<Partition> read;
        for (const Message& message : seen.messages())
            read.insert(message.partition);
        return read.size() == 2;
    }));
}

TEST_F(KafkaFanOutTest, WhatAReaderUsesIsLetGoBehindWhatRunsInTheLane) {
    Begin();
    const TopicName topic = MakeTopic();
    Recorder seen;
    const auto reader = Read(topic, seen.Handler());
    const std::weak_ptr<KafkaTopicReading> used = reader->reading();
    FullLane full(*lane_);
    reader->End();
    EXPECT_FALSE(used.expired()) << "the lane may still use its topic, and has no room for more";
    full.Release();
    EXPECT_TRUE(Eventually([&] { return used.expired(); }));
}

TEST_F(KafkaFanOutTest, ALookForNewPartitionsWaitsForOneAnswerThatDoesNotComeNotForEach) {
    options_.request_timeout = Milliseconds(1'500);
    Begin();
    Recorder seen;
    std::vector<std::unique_ptr<Reader>> readers;
    for (int i = 0; i < 5; ++i)
        readers.push_back(Read(MakeTopic(), seen.Handler()));
    KafkaEngine::Control("pause 1");
    Outage outage("resume 1");
    const auto took = [&] {
        const auto began = std::chrono::steady_clock::now();
        fan_out_->NoticePartitions();
        return std::chrono::steady_clock::now() - began;
    };
    EXPECT_LT(took(), 3 * options_.request_timeout);
    fan_out_->BeginStop();
    EXPECT_LT(took(), options_.request_timeout / 2) << "nothing is asked any more";
}

TEST_F(KafkaFanOutTest, ATopicThatIsGoneKeepsNobodyFromNoticingThatAnotherHasGrown) {
    Begin();
    Recorder seen;
    const TopicName gone = MakeTopic();
    const TopicName grows = MakeTopic();
    const auto first = Read(gone, seen.Handler());
    const auto reader = Read(grows, seen.Handler());
    DeleteTopic(gone);
    GrowTopic(grows, 3);
    EXPECT_TRUE(Eventually([&] {
        fan_out_->NoticePartitions();
        return reader->reading()->partitions() == 3;
    }));
}

TEST_F(KafkaFanOutTest, ABatchThatFailsIsHandledBeforeItsPartitionIsReadElsewhere) {
    Begin();
    const TopicName topic = MakeTopic();
    std::vector<std::string> expected;
    for (int i = 0; i < 5; ++i) {
        expected.push_back("old-" + std::to_string(i));
        ASSERT_TRUE(Publish(topic, expected.back()));
    }
    // The first three are held back until the log is another one, so that the two behind them and
    // the news of it are taken together. Then those two fail for longer than it takes to find out
    // where to go on.
    std::atomic<bool> held{true};
    std::atomic<int> failures{50};
    Recorder seen;
    const BatchHandler handler = [&](std::vector<Message> batch) -> Task<Result<void>> {
        const bool first = batch.front().payload.view() == "old-0";
        const bool fails = first ? held.load() : failures.fetch_sub(1) > 0;
        if (fails) co_return Error(ErrorCode::kUnavailable, Retry::kLater, "not yet");
        seen.Add(batch);
        co_return Result<void>();
    };
    const auto reader = Read(topic, handler, 3);
    ASSERT_TRUE(Eventually([&] { return stats_->redelivered.value() > 0; }));
    Recorder of_other;
    const auto other = Read(topic, of_other.Handler());
    ASSERT_TRUE(of_other.WaitForDistinct(5));
    KafkaEngine::Control("wipe");
    Ensure(topic, 1);
    int tries = 0;
    ASSERT_TRUE(Eventually([&] {
        return Publish(topic, "new-" + std::to_string(tries++)).has_value();
    }));
    for (const std::string& payload : PayloadsIn(topic))
        expected.push_back(payload);
    ASSERT_TRUE(of_other.WaitForDistinct(expected.size())) << "who goes on at once is there";
    const auto so_far = stats_->redelivered.value();
    constexpr std::uint64_t kRounds = 600;  // of three records; some seconds
    ASSERT_TRUE(Eventually([&] { return stats_->redelivered.value() >= so_far + kRounds; }));
    EXPECT_TRUE(seen.payloads().empty());
    held = false;
    ASSERT_TRUE(Eventually([&] { return seen.Has(expected.back()); }));
    EXPECT_EQ(seen.payloads(), expected) << "each once, in order";
    EXPECT_LE(failures.load(), 0) << "the two have failed and were handled all the same";
}

}  // namespace
}  // namespace flux::bus
