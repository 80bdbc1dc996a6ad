#include "socketio/rate_limit.h"

#include "base/units.h"
#include "socketio/rate_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <limits>
#include <thread>
#include <vector>

namespace flux::socketio {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class RateLimitTest : public ::testing::Test {
protected:
    bool Take(const RateLimit& limit, std::uint64_t amount = 1) {
        return limit.Take(cell_, amount, clock_.Now());
    }

    ManualClock clock_;
    RateLimit::Cell cell_{0};
};

TEST_F(RateLimitTest, TheBurstIsThereHoweverItIsCut) {
    for (const std::uint64_t rate : {1, 3, 7, 10, 333, 4'096, 999'983, 1'000'000'007}) {
        for (const std::uint64_t burst : {1, 2, 3, 7, 1'000}) {
            const RateLimit limit(rate, burst);
            cell_ = 0;
            for (std::uint64_t i = 0; i < burst; ++i)
                ASSERT_TRUE(Take(limit)) << rate << ' ' << burst << ' ' << i;
            if (rate < 1'000'000'000) {
                EXPECT_FALSE(Take(limit)) << rate << ' ' << burst;
            }
            cell_ = 0;
            EXPECT_TRUE(Take(limit, burst)) << rate << ' ' << burst;
            EXPECT_FALSE(Take(limit, burst)) << rate << ' ' << burst;
            EXPECT_FALSE(Take(limit, burst + 1)) << rate << ' ' << burst;
        }
    }
}

TEST_F(RateLimitTest, WhatIsRefusedIsNotTaken) {
    const RateLimit limit(10, 100);
    EXPECT_TRUE(Take(limit, 60));
    for (int i = 0; i < 10; ++i)
        EXPECT_FALSE(Take(limit, 41));
    EXPECT_TRUE(Take(limit, 40));
    EXPECT_FALSE(Take(limit));
}

// LIM-22
TEST_F(RateLimitTest, IsEarnedWithTimeUpToTheBurst) {
    const RateLimit limit(1'000, 50);
    EXPECT_TRUE(Take(limit, 50));
    clock_.Advance(milliseconds(20));
    EXPECT_FALSE(Take(limit, 21));
    EXPECT_TRUE(Take(limit, 20));
    clock_.Advance(hours(1));
    EXPECT_FALSE(Take(limit, 51));
    EXPECT_TRUE(Take(limit, 50));
    EXPECT_FALSE(Take(limit));
}

TEST_F(RateLimitTest, AmountsOfNothingAreFree) {
    const RateLimit limit(1, 1);
    EXPECT_TRUE(Take(limit));
    for (int i = 0; i < 1'000; ++i)
        EXPECT_TRUE(Take(limit, 0));
    EXPECT_FALSE(Take(limit));
}

TEST_F(RateLimitTest, SingleBytesAtAGigabytePerSecondAreCounted) {
    const RateLimit limit(1'000'000'000, 1'000);
    int taken = 0;
    for (int i = 0; i < 10'000; ++i)
        taken += Take(limit) ? 1 : 0;
    EXPECT_EQ(taken, 1'000);
    clock_.Advance(nanoseconds(5));
    EXPECT_TRUE(Take(limit, 5));
    EXPECT_FALSE(Take(limit));
}

TEST_F(RateLimitTest, SingleBytesAtTenGibibytesPerSecondAreNotFree) {
    const RateLimit limit(10 * GiB, 1'000);
    int taken = 0;
    for (int i = 0; i < 10'000; ++i)
        taken += Take(limit) ? 1 : 0;
    EXPECT_GE(taken, 1'000);
    EXPECT_LT(taken, 2'000);
}

TEST_F(RateLimitTest, OddRatesDoNotDrift) {
    // 3/s is no whole number of nanoseconds.
    const RateLimit limit(3, 1);
    int taken = 0;
    for (int i = 0; i < 100'000; ++i) {
        taken += Take(limit) ? 1 : 0;
        clock_.Advance(milliseconds(1));
    }
    EXPECT_NEAR(taken, 300, 1);
}

TEST_F(RateLimitTest, LargeAmountsAtSmallRatesDoNotOverflow) {
    const RateLimit slow(1, 1'000'000);
    EXPECT_TRUE(Take(slow, 1'000'000));
    EXPECT_FALSE(Take(slow));
    clock_.Advance(seconds(1));
    EXPECT_TRUE(Take(slow));
    EXPECT_FALSE(Take(slow, std::numeric_limits<std::uint64_t>::max()));
}

TEST_F(RateLimitTest, ABurstOfAgesDoesNotOverflow) {
    const RateLimit limit(1, std::numeric_limits<std::uint64_t>::max());
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(Take(limit, 1'000'000)) << i;
    EXPECT_FALSE(Take(limit, std::numeric_limits<std::uint64_t>::max()));
    clock_.Advance(hours(24 * 365 * 8));
    EXPECT_TRUE(Take(limit, 100'000'000));
    EXPECT_TRUE(Take(limit, 40'000'000));
    EXPECT_FALSE(Take(limit, 40'000'000));
}

TEST_F(RateLimitTest, LongUptimesDoNotOverflow) {
    const RateLimit limit(10, 5);
    clock_.Advance(hours(24 * 365 * 15));
    EXPECT_TRUE(Take(limit, 5));
    EXPECT_FALSE(Take(limit));
    clock_.Advance(milliseconds(100));
    EXPECT_TRUE(Take(limit));
    EXPECT_FALSE(Take(limit));
}

TEST_F(RateLimitTest, ABurstOfZeroIsOne) {
    const RateLimit limit(1, 0);
    EXPECT_TRUE(Take(limit));
    EXPECT_FALSE(Take(limit));
}

// LIM-23
TEST(RateBudget, ZeroMeansNone) {
    ManualClock clock;
    RateBudget none(0, 0);
    for (int i = 0; i < 1'000; ++i)
        EXPECT_TRUE(none.Admit(std::numeric_limits<std::uint64_t>::max(), clock.Now()));
}

TEST(RateBudget, ThreadsTogetherTakeExactlyTheBurst) {
    ManualClock clock;
    constexpr int kThreads = 4;
    constexpr int kEach = 200'000;
    constexpr int kBurst = kThreads * kEach - 1;  // nearly all of them race for it
    RateBudget budget(1'000, kBurst);
    std::atomic<int> taken{0};
    std::latch start(kThreads);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            start.arrive_and_wait();
            int mine = 0;
            for (int k = 0; k < kEach; ++k)
                mine += budget.Admit(1, clock.Now()) ? 1 : 0;
            taken += mine;
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(taken, kBurst);
    EXPECT_FALSE(budget.Admit(1, clock.Now()));
}

}  // namespace
}  // namespace flux::socketio
