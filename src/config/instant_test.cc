#include "config/instant.h"

#include <gtest/gtest.h>

namespace flux::config {
namespace {

constexpr WallMillis kThen = 1'736'208'060'000;  // 2025-01-07 00:01:00 UTC

TEST(Instant, ReadsIsoTimes) {
    EXPECT_EQ(ParseInstant("2025-01-07T00:01:00Z"), kThen);
    EXPECT_EQ(ParseInstant("2025-01-07T00:01:00.250Z"), kThen + 250);
    EXPECT_EQ(ParseInstant("2025-01-07T00:01Z"), kThen);
    EXPECT_EQ(ParseInstant("2025-01-07 00:01:00.250"), kThen + 250) << "as `flux tail` prints it";
    EXPECT_EQ(ParseInstant("2025-01-07T05:31:00+05:30"), kThen);
    EXPECT_EQ(ParseInstant("2025-01-06T19:01:00-05"), kThen);
    EXPECT_EQ(ParseInstant("2025-01-07"), kThen - 60'000);
    EXPECT_EQ(ParseInstant("1970-01-01"), 0);
    EXPECT_EQ(ParseInstant("1969-12-31T23:59:59Z"), -1'000);
    EXPECT_EQ(ParseInstant("2024-02-29"), 1'709'164'800'000);
}

TEST(Instant, RefusesEverythingElse) {
    for (const char* text :
         {"",
          "2025",
          "20250107",
          "2025-1-7",
          "2025-13-01",
          "2025-02-29",
          "2025-01-07T",
          "2025-01-07T24:00:00Z",
          "2025-01-07T00",
          "2025-01-07T00:01:00.Z",
          "2025-01-07T00:01:00Z ",
          "2025-01-07T00:01:00 Z",
          "2025-01-07T00:01:00+15:00",
          "2025-01-07Z",
          " 2025-01-07",
          "yesterday"}) {
        EXPECT_EQ(ParseInstant(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace flux::config
