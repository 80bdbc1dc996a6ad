#include "gateway/replay_source.h"

#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

Route Replay(std::string name, std::string topic) {
    Route route;
    route.name = std::move(name);
    route.topic = std::move(topic);
    route.room = RoomTemplate::Literal("r");
    route.event = "e";
    route.recovery = Recovery::kReplay;
    return route;
}

RouteTable Table(std::vector<Route> routes) {
    Route plain = Replay("plain", "other");
    plain.recovery = Recovery::kSnapshot;
    routes.push_back(std::move(plain));
    return RouteTable::Build(std::move(routes)).value();
}

bus::Message Record(std::string topic, std::int32_t partition, std::int64_t offset) {
    bus::Message message;
    message.topic = bus::TopicName(std::move(topic));
    message.partition = bus::Partition(partition);
    message.offset = bus::Offset(offset);
    return message;
}

TEST(ReplaySource, FollowsTheTopicsOfReplayRoutes) {
    const RouteTable routes = Table({Replay("b", "tb"), Replay("a", "ta"), Replay("a2", "ta")});
    ReplaySource source(routes, "log");
    EXPECT_EQ(source.Topics(), (std::vector<std::string>{"ta", "tb"}));
    EXPECT_TRUE(source.Follows("ta"));
    EXPECT_FALSE(source.Follows("other"));
}

TEST(ReplaySource, StampsWhatWasReadOfEveryPartition) {
    const RouteTable routes = Table({Replay("a", "ta"), Replay("b", "tb")});
    ReplaySource source(routes, "log");
    source.Start("ta", {10, 20});
    EXPECT_FALSE(source.Stamp());  // before it is known where tb stands
    source.Start("tb", {6});
    const ReplayOffset begin = source.Open();
    EXPECT_EQ(begin.partitions, 3);
    EXPECT_EQ(begin.next[0], 10);
    EXPECT_EQ(begin.next[1], 20);
    EXPECT_EQ(begin.next[2], 6);

    EXPECT_FALSE(source.Read(Record("ta", 1, 20)));
    const ReplayOffset first = source.Stamp().value();
    const ReplayOffset second = source.Stamp().value();
    EXPECT_EQ(first.layout, begin.layout);
    EXPECT_EQ(first.current, 1);
    EXPECT_EQ(first.part, 1u);
    EXPECT_EQ(second.part, 2u);
    EXPECT_TRUE(second.Covers(first));
    EXPECT_FALSE(first.Covers(second));
    EXPECT_FALSE(source.HasRead(first));  // its deliveries are not all posted
    source.Finish();
    EXPECT_TRUE(source.HasRead(second));

    // A record that no route takes moves on too.
    EXPECT_FALSE(source.Read(Record("tb", 0, 8)));
    source.Finish();
    EXPECT_FALSE(source.Read(Record("ta", 0, 12)));
    const ReplayOffset third = source.Stamp().value();
    EXPECT_EQ(third.next[0], 13);
    EXPECT_EQ(third.next[1], 21);
    EXPECT_EQ(third.next[2], 9);
}

TEST(ReplaySource, TwoThatReadTheSameAgreeOnTheLayout) {
    const RouteTable routes = Table({Replay("a", "ta")});
    const auto layout = [](const RouteTable& table, std::string identity, std::size_t partitions) {
        ReplaySource source(table, std::move(identity));
        source.Start("ta", std::vector<std::int64_t>(partitions, 7));
        return source.Open().layout;
    };
    EXPECT_EQ(layout(routes, "log", 2), layout(routes, "log", 2));
    EXPECT_NE(layout(routes, "log", 2), layout(routes, "another log", 2));
    EXPECT_NE(layout(routes, "log", 2), layout(routes, "log", 3));
    // Positions of a log that does not outlive the process are nobody else's.
    EXPECT_NE(layout(routes, "", 2), layout(routes, "", 2));
    Route other_room = Replay("a", "ta");
    other_room.room = RoomTemplate::Literal("elsewhere");
    EXPECT_NE(layout(routes, "log", 2), layout(Table({other_room}), "log", 2));
    Route other_match = Replay("a", "ta");
    other_match.match.key_rule = Match::KeyRule::kPrefix;
    other_match.match.key = "k";
    EXPECT_NE(layout(routes, "log", 2), layout(Table({other_match}), "log", 2));
}

TEST(ReplaySource, APartitionThatIsNewIsAnotherLayout) {
    const RouteTable routes = Table({Replay("a", "ta")});
    ReplaySource source(routes, "log");
    source.Start("ta", {10});
    const ReplayOffset before = source.Open();
    EXPECT_TRUE(source.Read(Record("ta", 1, 0)));
    const ReplayOffset begin = source.now();
    const ReplayOffset after = source.Stamp().value();
    EXPECT_NE(after.layout, before.layout);
    EXPECT_EQ(after.partitions, 2);
    EXPECT_EQ(after.next[1], 1);
    EXPECT_FALSE(begin.Includes({1, 0, 1}));
    EXPECT_TRUE(after.Includes({1, 0, 1}));
    // As at a gateway that starts now.
    ReplaySource later(routes, "log");
    later.Start("ta", {10, 1});
    EXPECT_EQ(later.Open().layout, after.layout);
}

// As a gateway that starts when it is there, however many of its partitions have records.
TEST(ReplaySource, ATopicThatIsFoundLaterHasAllItsPartitionsAtOnce) {
    const RouteTable routes = Table({Replay("a", "ta"), Replay("b", "tb")});
    ReplaySource source(routes, "log");
    source.Start("tb", {6});
    const ReplayOffset before = source.Open();
    EXPECT_EQ(before.partitions, 1);
    EXPECT_FALSE(source.Found("ta", {}));
    EXPECT_TRUE(source.Found("ta", {0, 0, 4}));
    const ReplayOffset begin = source.now();
    EXPECT_NE(begin.layout, before.layout);
    EXPECT_EQ(begin.partitions, 4);
    EXPECT_EQ(begin.next[2], 4);
    EXPECT_EQ(begin.next[3], 6);
    EXPECT_FALSE(source.Read(Record("ta", 1, 0)));
    EXPECT_FALSE(source.Found("ta", {0, 9, 9}));  // it could not be subscribed to the first time
    EXPECT_EQ(source.Stamp().value().layout, begin.layout);
    ReplaySource later(routes, "log");
    later.Start("ta", {0, 1, 4});
    later.Start("tb", {6});
    EXPECT_EQ(later.Open().layout, begin.layout);
}

// The subscription began somewhat earlier than what it knows of.
TEST(ReplaySource, WhatComesFromBeforeTheStartGetsNoOffset) {
    const RouteTable routes = Table({Replay("a", "ta")});
    ReplaySource source(routes, "log");
    source.Start("ta", {10});
    const ReplayOffset begin = source.Open();
    for (std::int64_t offset = 7; offset < 10; ++offset) {
        EXPECT_FALSE(source.Read(Record("ta", 0, offset)));
        EXPECT_FALSE(source.Stamp());
        source.Finish();
        EXPECT_EQ(source.now(), begin);
    }
    EXPECT_FALSE(source.Read(Record("ta", 0, 10)));
    EXPECT_EQ(source.Stamp().value().layout, begin.layout);
}

TEST(ReplaySource, ALogThatGoesBackIsAnotherLayout) {
    const RouteTable routes = Table({Replay("a", "ta")});
    ReplaySource source(routes, "log");
    source.Start("ta", {10});
    const ReplayOffset before = source.Open();
    EXPECT_FALSE(source.Read(Record("ta", 0, 10)));
    EXPECT_EQ(source.Stamp().value().layout, before.layout);
    source.Finish();
    EXPECT_TRUE(source.Read(Record("ta", 0, 3)));
    const ReplayOffset after = source.Stamp().value();
    EXPECT_NE(after.layout, before.layout);
    EXPECT_EQ(after.next[0], 4);
    EXPECT_FALSE(source.Read(Record("ta", 0, 4)));
}

TEST(ReplaySource, AfterAGapInTheLogTheLayoutIsAnother) {
    const RouteTable routes = Table({Replay("a", "ta")});
    ReplaySource source(routes, "log");
    source.Start("ta", {10, 7});
    const ReplayOffset before = source.Open();
    // Offsets that were never there, of compaction or transactions, are no gap.
    EXPECT_FALSE(source.Read(Record("ta", 0, 12)));
    source.Finish();
    EXPECT_FALSE(source.Lose("ta", bus::Partition(0), 13));  // it was read up to there
    EXPECT_FALSE(source.Lose("ta", bus::Partition(2), 20));  // nothing is known of it
    EXPECT_TRUE(source.Lose("ta", bus::Partition(0), 20));
    const ReplayOffset begin = source.now();
    EXPECT_NE(begin.layout, before.layout);
    EXPECT_EQ(begin.next[0], 20);
    EXPECT_EQ(begin.next[1], 7);
    EXPECT_FALSE(source.Read(Record("ta", 0, 22)));
    const ReplayOffset after = source.Stamp().value();
    EXPECT_EQ(after.layout, begin.layout);
    EXPECT_EQ(after.next[0], 23);
}

// However far each had read.
TEST(ReplaySource, TwoThatLostTheSameAgreeOnTheLayout) {
    const RouteTable routes = Table({Replay("a", "ta")});
    ReplaySource one(routes, "log");
    one.Start("ta", {10, 7});
    one.Open();
    ReplaySource other(routes, "log");
    other.Start("ta", {3, 5});
    other.Open();
    one.Lose("ta", bus::Partition(1), 50);
    EXPECT_NE(one.now().layout, other.now().layout);
    other.Lose("ta", bus::Partition(1), 20);
    other.Lose("ta", bus::Partition(1), 50);
    EXPECT_EQ(one.now().layout, other.now().layout);
    // The log is made anew, or cut: at the same record for both.
    for (ReplaySource* source : {&one, &other}) {
        source->Read(Record("ta", 1, 60));
        bus::Message first = Record("ta", 1, 0);
        first.timestamp = 1'000;
        EXPECT_TRUE(source->Read(first));
    }
    EXPECT_EQ(one.now().layout, other.now().layout);
    // A second time it is another log, though it begins at the same place.
    const std::uint64_t second = one.now().layout;
    bus::Message first = Record("ta", 1, 0);
    first.timestamp = 2'000;
    EXPECT_TRUE(one.Read(first));
    EXPECT_NE(one.now().layout, second);
}

TEST(ReplaySource, WhatIsLostBeforeOffsetsAreMadeChangesNothing) {
    const RouteTable routes = Table({Replay("a", "ta")});
    ReplaySource source(routes, "log");
    source.Start("ta", {10});
    EXPECT_FALSE(source.Lose("ta", bus::Partition(0), 15));
    const ReplayOffset begin = source.Open();
    EXPECT_EQ(begin.next[0], 15);
    EXPECT_FALSE(source.Read(Record("ta", 0, 12)));  // of the look back
    EXPECT_FALSE(source.Stamp());
    ReplaySource later(routes, "log");
    later.Start("ta", {15});
    EXPECT_EQ(later.Open().layout, begin.layout);
}

TEST(ReplaySource, WithTooManyPartitionsItCountsDeliveries) {
    const RouteTable routes = Table({Replay("a", "ta")});
    ReplaySource source(routes, "log");
    source.Start("ta", std::vector<std::int64_t>(17, 1'000));
    const ReplayOffset begin = source.Open();
    EXPECT_EQ(begin.partitions, 1);
    EXPECT_EQ(begin.next[0], 0);
    EXPECT_FALSE(source.Read(Record("ta", 16, 1'000)));
    const ReplayOffset first = source.Stamp().value();
    EXPECT_FALSE(source.Read(Record("ta", 3, 1'000)));
    const ReplayOffset second = source.Stamp().value();
    source.Finish();
    EXPECT_TRUE(second.Covers(first));
    EXPECT_TRUE(second.Includes({0, 1, 1}));
    EXPECT_FALSE(first.Includes({0, 1, 1}));
    EXPECT_TRUE(source.HasRead(second));
    // Only this process resolves it.
    ReplaySource other(routes, "log");
    other.Start("ta", std::vector<std::int64_t>(17, 1'000));
    EXPECT_NE(other.Open().layout, begin.layout);
}

}  // namespace
}  // namespace flux::gateway
