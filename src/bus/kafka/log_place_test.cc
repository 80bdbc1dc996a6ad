#include "bus/kafka/log_place.h"

#include <gtest/gtest.h>

namespace flux::bus {
namespace {

TEST(LogPlace, IsWhereOneWantsToGoOn) {
    const LogPlace place = PlaceFor(Offset(7), Offset(5), Offset(9));
    EXPECT_EQ(place.from, Offset(7));
    EXPECT_EQ(place.missed, 0);
    EXPECT_TRUE(place.remark.empty());
    EXPECT_EQ(PlaceFor(Offset(5), Offset(5), Offset(9)).from, Offset(5));
    EXPECT_EQ(PlaceFor(Offset(9), Offset(5), Offset(9)).from, Offset(9)) << "the end is a place";
}

TEST(LogPlace, OfANewPartitionIsItsBeginning) {
    const LogPlace place = PlaceFor(std::nullopt, Offset(5), Offset(9));
    EXPECT_EQ(place.from, Offset(5));
    EXPECT_TRUE(place.remark.empty());
}

TEST(LogPlace, BehindRetentionIsTheOldestAndSaysWhatIsMissing) {
    const LogPlace place = PlaceFor(Offset(2), Offset(5), Offset(9));
    EXPECT_EQ(place.from, Offset(5));
    EXPECT_EQ(place.missed, 3);
    EXPECT_FALSE(place.remark.empty());
}

TEST(LogPlace, PastTheEndIsAnotherLogAndAllOfItIsRead) {
    const LogPlace place = PlaceFor(Offset(10), Offset(0), Offset(9));
    EXPECT_EQ(place.from, Offset(0));
    EXPECT_EQ(place.missed, 0);
    EXPECT_FALSE(place.remark.empty());
}

}  // namespace
}  // namespace flux::bus
