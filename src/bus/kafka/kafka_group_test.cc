// Shared groups on Kafka: partitions go from member to member.
#include "bus/kafka/kafka_bus_fixture.h"

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace flux::bus {
namespace {

using ::testing::ElementsAre;
using OffsetsByPartition = std::map<Partition, std::vector<std::int64_t>>;

/// A second member comes and goes while records are published.
class KafkaHandOverTest : public KafkaBusTest {
protected:
    void HandOver(const std::string& assignor) {
        options_.assignor = assignor;
        Open();
        const TopicName topic = MakeTopic(kPartitions);
        auto first = Subscribe(topic, Group::Shared(assignor), HandlerFor(stays_));
        ASSERT_NO_FATAL_FAILURE(PublishOne(topic));
        ASSERT_TRUE(both_.WaitForDistinct(1));
        auto second = Subscribe(topic, Group::Shared(assignor), HandlerFor(goes_));
        ASSERT_TRUE(Eventually([&] {
            PublishOne(topic);
            return !goes_.messages().empty();
        }));
        second.Close();
        while (published_ < kRecordsAtLeast || stored_.size() < kPartitions)
            ASSERT_NO_FATAL_FAILURE(PublishOne(topic));
        ASSERT_TRUE(both_.WaitForDistinct(published_));
        first.Close();
        for (const Message& message : both_.messages())
            handled_[message.partition].push_back(message.offset.value());
    }

    OffsetsByPartition stored_;
    OffsetsByPartition handled_;  // as the group handled them, whoever did

private:
    static constexpr std::int32_t kPartitions = 4;
    static constexpr std::size_t kRecordsAtLeast = 200;

    BatchHandler HandlerFor(Recorder& own) {
        return [this, &own](std::vector<Message> batch) -> Task<Result<void>> {
            both_.Add(batch);
            own.Add(batch);
            co_return Result<void>();
        };
    }
    void PublishOne(const TopicName& topic) {
        const std::string name = std::to_string(published_++);
        const Result<Position> place = Publish(topic, name, name);
        ASSERT_TRUE(place) << ToString(place.error());
        stored_[place->partition].push_back(place->offset.value());
    }

    Recorder both_;
    Recorder stays_;
    Recorder goes_;
    std::size_t published_ = 0;
};

TEST_F(KafkaHandOverTest, EachRecordIsHandledOnceAndInOrder) {
    ASSERT_NO_FATAL_FAILURE(HandOver("range"));
    EXPECT_EQ(handled_, stored_);
    EXPECT_EQ(Metric("flux_kafka_commit_failures_total"), 0);
}

TEST_F(KafkaHandOverTest, CooperativeMembersHandleARecordAgainOnlyWhereACommitFailed) {
    ASSERT_NO_FATAL_FAILURE(HandOver("cooperative-sticky"));
    OffsetsByPartition first_times;
    for (const auto& [partition, offsets] : handled_) {
        std::vector<std::int64_t>& seen = first_times[partition];
        for (const std::int64_t offset : offsets) {
            if (seen.empty() || offset > seen.back()) seen.push_back(offset);
        }
    }
    EXPECT_EQ(first_times, stored_) << "none is passed over, also not by one handled again";
    if (handled_ != stored_) {
        EXPECT_GT(Metric("flux_kafka_commit_failures_total"), 0);
    }
}

class KafkaGroupTest : public KafkaBusTest {
protected:
    /// Where a group is in the first partition of a topic, as Kafka has it.
    Offset Committed(const TopicName& topic, const std::string& group) {
        KafkaClient settings(options_, "looks");
        settings.Set("group.id", group);
        const auto client = settings.Make(RD_KAFKA_CONSUMER);
        EXPECT_TRUE(client) << ToString(client.error());
        const KafkaPtr<rd_kafka_topic_partition_list_t> places(rd_kafka_topic_partition_list_new(1)
        );
        rd_kafka_topic_partition_list_add(places.get(), topic.value().c_str(), 0);
        constexpr int kTimeoutMs = 30'000;
        EXPECT_EQ(
            rd_kafka_committed(client->get(), places.get(), kTimeoutMs), RD_KAFKA_RESP_ERR_NO_ERROR
        );
        return Offset(places->elems[0].offset);
    }
};

TEST_F(KafkaGroupTest, AHandlerThatHangsHoldsItsGroupUpNoLongerThanAllowed) {
    options_.meeting_timeout = Milliseconds(1'500);
    Open();
    const TopicName topic = MakeTopic();
    const Group group = Group::Shared("hangs");
    std::shared_ptr<ShardSignal> let_go;
    shards_.On(1, [&] { let_go = std::make_shared<ShardSignal>(shards_.shard(1)); });
    std::atomic<bool> hangs{false};
    std::atomic<bool> ended{false};
    Recorder handled;
    const BatchHandler handler = [&](std::vector<Message> batch) -> Task<Result<void>> {
        if (hangs.exchange(true)) {
            handled.Add(batch);
            co_return Result<void>();
        }
        co_await let_go->Wait();
        ended = true;
        co_return Result<void>();
    };
    auto first = Subscribe(topic, group, handler);
    ASSERT_TRUE(Publish(topic, "a"));
    ASSERT_TRUE(Eventually([&] { return hangs.load(); }));
    auto second = Subscribe(topic, group, handler);
    ASSERT_TRUE(handled.WaitForDistinct(1)) << "whoever has the partition now handles it again";
    ASSERT_TRUE(Publish(topic, "b"));
    ASSERT_TRUE(Publish(topic, "c"));
    ASSERT_TRUE(Eventually([&] { return Committed(topic, "hangs") == Offset(3); }));
    let_go->Raise();
    ASSERT_TRUE(Eventually([&] { return ended.load(); }));
    second.Close();
    first.Close();
    shards_.On(1, [&] { let_go.reset(); });
    EXPECT_EQ(Committed(topic, "hangs"), Offset(3)) << "the late batch does not set the group back";
    EXPECT_THAT(handled.payloads(), ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace flux::bus
