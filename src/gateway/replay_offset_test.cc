#include "gateway/replay_offset.h"

#include "base/random.h"

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

TEST(ReplayOffset, ReadsAsItWasWritten) {
    for (const ReplayOffset& offset :
         {At({0}),
          At({}, 0, ReplayOffset::kAllParts),  // of topics that are not there yet
          At({7, 8}, 1, 0),                    // of the newest record nothing yet
          At({7, 8}, 1, ReplayOffset::kAllParts - 1),
          At({1, 127, 128, 1'000'000'000'000, INT64_MAX}, 4, 3),
          At(std::vector<std::int64_t>(16, 5'000'000), 15, ReplayOffset::kAllParts)}) {
        const std::string text = Encode(offset);
        EXPECT_LE(text.size(), limits::kRecoveryOffsetBytesMax);
        EXPECT_EQ(DecodeReplayOffset(text), offset) << text;
    }
    // A few bytes for each partition.
    EXPECT_LE(Encode(At({1'000'000, 1'000'000, 1'000'000})).size(), 28u);
    EXPECT_LE(Encode(At(std::vector<std::int64_t>(16, INT64_MAX), 15)).size(), 256u);
}

TEST(ReplayOffset, NothingOfARecordIsNotAllOfIt) {
    const auto none = DecodeReplayOffset(Encode(At({7, 8}, 1, 0)));
    const auto all = DecodeReplayOffset(Encode(At({7, 8}, 1, ReplayOffset::kAllParts)));
    ASSERT_TRUE(none && all);
    EXPECT_FALSE(none->Includes({1, 7, 1}));
    EXPECT_TRUE(none->Includes({1, 6, 1}));
    EXPECT_TRUE(all->Includes({1, 7, 1}));
    EXPECT_TRUE(all->Covers(*none));
    EXPECT_FALSE(none->Covers(*all));
}

TEST(ReplayOffset, AnythingElseIsNothing) {
    const std::string whole = Encode(At({1, 2, 300}, 1, 2));
    EXPECT_TRUE(DecodeReplayOffset(whole));
    EXPECT_FALSE(DecodeReplayOffset(""));
    EXPECT_FALSE(DecodeReplayOffset(whole + "="));
    EXPECT_FALSE(DecodeReplayOffset(" " + whole));
    EXPECT_FALSE(DecodeReplayOffset(whole + std::string(1'000'000, 'A')));
    EXPECT_FALSE(DecodeReplayOffset(whole.substr(0, 11)));
    EXPECT_FALSE(DecodeReplayOffset(Encode(At({}, 1))));      // the newest is of none
    EXPECT_FALSE(DecodeReplayOffset(Encode(At({1, 2}, 2))));  // the newest is of none
    EXPECT_FALSE(DecodeReplayOffset(std::string(200, '_')));
    // Whatever is changed, it is refused or reads as what it says.
    Random random(7);
    for (int i = 0; i < 20'000; ++i) {
        std::string text = whole;
        text[random.Below(text.size())] = static_cast<char>(random.Below(256));
        const auto read = DecodeReplayOffset(text);
        if (read) {
            EXPECT_EQ(Encode(*read), text);
        }
    }
}

TEST(ReplayOffset, IncludesWhatCameBefore) {
    const ReplayOffset offset = At({10, 20}, 1, 2);
    EXPECT_TRUE(offset.Includes({0, 9, 7}));
    EXPECT_FALSE(offset.Includes({0, 10, 1}));
    EXPECT_TRUE(offset.Includes({1, 18, 9}));
    EXPECT_TRUE(offset.Includes({1, 19, 2}));
    EXPECT_FALSE(offset.Includes({1, 19, 3}));
    EXPECT_FALSE(offset.Includes({2, 0, 1}));
}

TEST(ReplayOffset, CoversComparesPartitionByPartition) {
    const ReplayOffset offset = At({10, 20}, 1, 2);
    EXPECT_TRUE(offset.Covers(offset));
    EXPECT_TRUE(offset.Covers(At({10, 20}, 1, 1)));
    EXPECT_FALSE(offset.Covers(At({10, 20}, 1, 3)));
    EXPECT_FALSE(offset.Covers(At({10, 20}, 0, 1)));  // has all of partition 1's record
    EXPECT_TRUE(offset.Covers(At({10, 19}, 0, 1)));
    EXPECT_TRUE(offset.Covers(At({9, 19}, 1, 9)));
    EXPECT_FALSE(offset.Covers(At({11, 5}, 0, 1)));
    EXPECT_FALSE(offset.Covers(At({10})));
    ReplayOffset other = offset;
    other.layout = 1;
    EXPECT_FALSE(offset.Covers(other));
    EXPECT_TRUE(At({10, 20}, 0, ReplayOffset::kAllParts).Covers(offset));
}

TEST(ReplayOffset, PlacesReadAsTheyWereWritten) {
    const std::vector<ReplayPlace> places{{0, 7, 1}, {15, INT64_MAX - 1, 300}};
    const auto read = DecodeReplayPlaces(Encode(places));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 2u);
    EXPECT_EQ((*read)[1].partition, 15);
    EXPECT_EQ((*read)[1].offset, INT64_MAX - 1);
    EXPECT_EQ((*read)[1].part, 300u);
    EXPECT_EQ(DecodeReplayPlaces("")->size(), 0u);
    EXPECT_FALSE(DecodeReplayPlaces("*"));
    EXPECT_FALSE(DecodeReplayPlaces(Encode(places).substr(0, 3)));
    EXPECT_FALSE(DecodeReplayPlaces(Encode(std::vector<ReplayPlace>(17))));
    EXPECT_TRUE(At({8, 1}, 0, 1).IncludesAll({{0, 7, 1}, {1, 0, 5}}));
    EXPECT_FALSE(At({8, 1}, 0, 1).IncludesAll({{0, 7, 2}, {1, 0, 5}}));
}

}  // namespace
}  // namespace flux::gateway
