#include "feeds/upstream/retry_after.h"

#include "base/units.h"

#include <gtest/gtest.h>

namespace flux::feeds {
namespace {

constexpr WallMillis kNow = 1'774'000'501'000;  // Fri, 20 Mar 2026 09:55:01 GMT

TEST(RetryAfter, TakesSeconds) {
    EXPECT_EQ(ParseRetryAfter("0", kNow), Milliseconds(0));
    EXPECT_EQ(ParseRetryAfter("7", kNow), Milliseconds(7000));
    EXPECT_EQ(ParseRetryAfter("99999999", kNow), Milliseconds(24h));
}

TEST(RetryAfter, TakesADate) {
    EXPECT_EQ(ParseRetryAfter("Fri, 20 Mar 2026 09:55:31 GMT", kNow), Milliseconds(30s));
    EXPECT_EQ(ParseRetryAfter("Fri, 20 Mar 2026 09:55:00 GMT", kNow), Milliseconds(0));
}

TEST(RetryAfter, IgnoresWhatIsNeither) {
    for (const char* text :
         {"",
          " ",
          "-1",
          "+1",
          "1.5",
          "7s",
          "soon",
          "Fri, 32 Mar 2026 09:55:31 GMT",
          "Fri, 20 Mrz 2026 09:55:31 GMT",
          "Fri, 20 Mar 2026 25:55:31 GMT",
          "Fri, 20 Mar 2026 09:55:31 CET",
          "99999999999999999999999"}) {
        EXPECT_EQ(ParseRetryAfter(text, kNow), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace flux::feeds
