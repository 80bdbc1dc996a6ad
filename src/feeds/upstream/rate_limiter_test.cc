#include "feeds/upstream/rate_limiter.h"

#include "base/units.h"

#include <gtest/gtest.h>

namespace flux::feeds {
namespace {

TEST(RateLimiter, GivesTheBurstAtOnceAndThenTheRate) {
    ManualClock clock;
    RateLimiter limiter(clock, 8, 20);
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(limiter.TryTake()) << i;
    EXPECT_FALSE(limiter.TryTake());
    clock.Advance(125ms);
    EXPECT_TRUE(limiter.TryTake());
    EXPECT_FALSE(limiter.TryTake());
}

TEST(RateLimiter, NeverSavesMoreThanTheBurst) {
    ManualClock clock;
    RateLimiter limiter(clock, 8, 3);
    clock.Advance(1h);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(limiter.TryTake());
    EXPECT_FALSE(limiter.TryTake());
}

TEST(RateLimiter, SpacesThoseWhoWaitInTheirOrder) {
    ManualClock clock;
    RateLimiter limiter(clock, 8, 1);
    EXPECT_EQ(limiter.Take(), 0ms);
    EXPECT_EQ(limiter.Take(), 125ms);
    EXPECT_EQ(limiter.Take(), 250ms);
    clock.Advance(250ms);
    EXPECT_FALSE(limiter.TryTake());  // both tokens belong to those who waited
    clock.Advance(125ms);
    EXPECT_TRUE(limiter.TryTake());
}

}  // namespace
}  // namespace flux::feeds
