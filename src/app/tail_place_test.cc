#include "app/tail_place.h"

#include <gtest/gtest.h>

namespace flux::app {
namespace {

constexpr WallMillis kNow = 1'800'000'000'000;

TEST(TailPlace, NamesAndOffsets) {
    EXPECT_EQ(TailPlace("beginning", kNow), "from=beginning");
    EXPECT_EQ(TailPlace("end", kNow), "from=end");
    EXPECT_EQ(TailPlace("0", kNow), "from=0");
    EXPECT_EQ(TailPlace("2024", kNow), "from=2024") << "a number is an offset, never a year";
    EXPECT_EQ(TailPlace("20240101", kNow), "from=20240101");
}

TEST(TailPlace, HowLongAgo) {
    EXPECT_EQ(TailPlace("15m", kNow), "time=1799999100000");
    EXPECT_EQ(TailPlace("2h", 0), "time=0") << "nothing is older than 1970";
}

TEST(TailPlace, Times) {
    EXPECT_EQ(TailPlace("2024-01-01T00:00:00Z", kNow), "time=1704067200000");
    EXPECT_EQ(TailPlace("2024-01-01 00:00:00.123", kNow), "time=1704067200123");
    EXPECT_EQ(TailPlace("2024-01-01T00:00Z", kNow), "time=1704067200000");
    EXPECT_EQ(TailPlace("2024-01-01T01:00:00+01:00", kNow), "time=1704067200000");
    EXPECT_EQ(TailPlace("2024-01-01", kNow), "time=1704067200000");
    EXPECT_EQ(TailPlace("1969-12-31", kNow), "time=0");
}

TEST(TailPlace, AnythingElseIsNone) {
    for (const char* text : {"", "-1", "yesterday", "2024-13-01", "2024-01-01T25:00:00Z", "12:00"})
        EXPECT_EQ(TailPlace(text, kNow), std::nullopt) << text;
}

}  // namespace
}  // namespace flux::app
