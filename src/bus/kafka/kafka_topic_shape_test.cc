#include "bus/kafka/kafka_topic_shape.h"

#include "bus/kafka/kafka_admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::bus {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TopicOptions Options(std::int32_t partitions) {
    TopicOptions options;
    options.partitions = partitions;
    options.retention_time = std::chrono::hours(48);
    return options;
}

TEST(KafkaTopicShape, HasThreeCopiesOfWhichTwoAcknowledgeWhereBrokersAllow) {
    const KafkaTopicShape many = ShapeFor(Options(6), 5);
    EXPECT_EQ(many.partitions, 6);
    EXPECT_EQ(many.replication, 3);
    EXPECT_EQ(many.min_insync, 2);
    EXPECT_EQ(many.retention, std::chrono::hours(48));
    const KafkaTopicShape two = ShapeFor(Options(1), 2);
    EXPECT_EQ(two.replication, 2);
    EXPECT_EQ(two.min_insync, std::nullopt);
    EXPECT_EQ(ShapeFor(Options(1), 1).replication, 1);
}

TEST(KafkaTopicShape, WhatIsAsWantedDiffersInNothing) {
    const KafkaTopicShape shape = ShapeFor(Options(3), 3);
    EXPECT_THAT(DifferencesOf(TopicName("t"), shape, shape, "b:1"), SizeIs(0));
    KafkaTopicShape more = shape;
    more.replication = 5;
    EXPECT_THAT(DifferencesOf(TopicName("t"), more, shape, "b:1"), SizeIs(0)) << "more is no harm";
}

TEST(KafkaTopicShape, ATopicTakesRecordsWithALeaderAndEnoughCopies) {
    KafkaTopic topic;
    topic.name = "orders";
    topic.partitions = 3;
    topic.replication = 3;
    topic.health.least_in_sync = 2;
    EXPECT_TRUE(topic.TakesRecords(2));
    topic.health.least_in_sync = 1;
    const Result<void> few = topic.TakesRecords(2);
    ASSERT_FALSE(few);
    EXPECT_EQ(few.error().retry, Retry::kLater);
    EXPECT_THAT(few.error().context, HasSubstr("2 copies must acknowledge"));
    topic.replication = 1;
    EXPECT_TRUE(topic.TakesRecords(2)) << "more than there are cannot be asked for";
    topic.health.without_leader = 1;
    const Result<void> headless = topic.TakesRecords(1);
    ASSERT_FALSE(headless);
    EXPECT_THAT(headless.error().context, HasSubstr("1 of 3 partitions have no leader"));
}

TEST(KafkaTopicShape, EachDifferenceComesWithWhatWouldMendIt) {
    const KafkaTopicShape wanted = ShapeFor(Options(3), 3);
    KafkaTopicShape has;
    has.partitions = 1;
    has.replication = 1;
    has.retention = std::chrono::hours(1);
    const auto found = DifferencesOf(TopicName("orders"), has, wanted, "b:1");
    ASSERT_THAT(found, SizeIs(4));
    EXPECT_EQ(found[0].what, "has 1 partitions, not 3");
    EXPECT_THAT(found[0].remedy, HasSubstr("--alter --topic orders --partitions 3"));
    EXPECT_EQ(found[1].what, "has 1 copies, not 3");
    EXPECT_THAT(found[1].remedy, HasSubstr("kafka-reassign-partitions.sh"));
    EXPECT_THAT(found[2].remedy, HasSubstr("min.insync.replicas=2"));
    EXPECT_THAT(found[3].remedy, HasSubstr("retention.ms=172800000"));
    has.partitions = 9;
    EXPECT_THAT(
        DifferencesOf(TopicName("orders"), has, wanted, "b:1")[0].remedy,
        HasSubstr("cannot be taken away")
    );
}

}  // namespace
}  // namespace flux::bus
