#include "gateway/replay_position.h"

#include "gateway/gateway_session.h"

#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

ReplayOffset At(std::vector<std::int64_t> next, std::uint8_t current = 0, std::uint32_t part = 1) {
    ReplayOffset offset;
    offset.layout = 0xfedcba9876543210ULL;
    for (const std::int64_t end : next)
        offset.next[offset.partitions++] = end;
    offset.current = current;
    offset.part = part;
    return offset;
}

// However often it is joined and left.
TEST(ReplayMemory, RemembersOfEachRoomWhereItWasJoinedLast) {
    ReplayMemory memory;
    memory.Join("here", {"a", "b", "a"});
    memory.Join("there", {"b"});
    ASSERT_EQ(memory.joined.size(), 2u);
    EXPECT_EQ(memory.joined[0].rooms, std::vector<std::string>{"a"});
    EXPECT_EQ(memory.joined[1].at, "there");
    memory.Join("there", {"a"});
    ASSERT_EQ(memory.joined.size(), 1u);
    EXPECT_EQ(memory.joined[0].rooms, (std::vector<std::string>{"b", "a"}));
    for (int time = 0; time < 100; ++time)
        memory.Join(std::to_string(time), {"a", "b"});
    EXPECT_EQ(memory.joined.size(), 1u);
    EXPECT_EQ(memory.joined[0].at, "99");
}

TEST(ReplayPosition, IncludesWhatItsOffsetDoes) {
    const ReplayPosition position = At({10, 20}, 1, 2);
    EXPECT_TRUE(position.Includes({0, 9, 7}));
    EXPECT_FALSE(position.Includes({0, 10, 1}));
    EXPECT_TRUE(position.Includes({1, 18, 9}));
    EXPECT_TRUE(position.Includes({1, 19, 2}));
    EXPECT_FALSE(position.Includes({1, 19, 3}));
    EXPECT_FALSE(position.Includes({2, 0, 1}));
    const ReplayPosition all = At({10, 20}, 1, ReplayOffset::kAllParts);
    EXPECT_TRUE(all.Includes({1, 19, 3'000'000'000}));
    EXPECT_TRUE(all.Covers(position));
    EXPECT_FALSE(position.Covers(all));
    EXPECT_TRUE(position.IncludesAll({{0, 9, 1}, {1, 19, 1}}));
    EXPECT_FALSE(position.IncludesAll({{0, 9, 1}, {1, 19, 3}}));
}

TEST(ReplayPosition, TakesPartsOfSeveralRecords) {
    ReplayPosition position = At({10, 5}, 0, 1);
    const ReplayPosition floor = position;
    position.Take(At({8, 9}, 1, 2));
    EXPECT_TRUE(position.Includes({0, 9, 1}));
    EXPECT_FALSE(position.Includes({0, 9, 2}));
    EXPECT_TRUE(position.Includes({1, 8, 2}));
    EXPECT_FALSE(position.Includes({1, 8, 3}));
    EXPECT_TRUE(position.Covers(floor));
    EXPECT_TRUE(position.Covers(At({8, 9}, 1, 2)));
    EXPECT_EQ(position.Cover(), At({10, 9}, 0, ReplayOffset::kAllParts));
    // What is there already changes nothing, and another layout says nothing.
    const ReplayPosition before = position;
    position.Take(At({3, 3}, 0, ReplayOffset::kAllParts));
    ReplayOffset other = At({100, 100});
    other.layout = 1;
    position.Take(other);
    position.Take(At({100}));
    EXPECT_EQ(position, before);
    EXPECT_FALSE(position.Covers(other));
}

TEST(ReplayPosition, ReadsAsItWasWritten) {
    ReplayPosition two_parts = At({10, 5}, 0, 1);
    two_parts.Take(At({8, 9}, 1, 2));
    for (const ReplayPosition& position :
         {two_parts,
          ReplayPosition(At({0, 0}, 1, 3)),
          ReplayPosition(At(std::vector<std::int64_t>(16, INT64_MAX), 15, 1))}) {
        EXPECT_EQ(DecodeReplayPosition(Encode(position)), position);
    }
    EXPECT_FALSE(DecodeReplayPosition(""));
    EXPECT_FALSE(DecodeReplayPosition("fedcba987654321"));
    EXPECT_FALSE(DecodeReplayPosition("gedcba9876543210"));
    EXPECT_FALSE(DecodeReplayPosition("fedcba9876543210*"));
    // Partitions out of order.
    const std::vector<ReplayPlace> second{{1, 1, 1}};
    EXPECT_FALSE(DecodeReplayPosition("fedcba9876543210" + Encode(second)));
}

}  // namespace
}  // namespace flux::gateway
