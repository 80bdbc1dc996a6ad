#include "runtime/backoff.h"

#include "base/units.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace flux {
namespace {

TEST(Backoff, EachWaitIsDrawnFromTheUpperHalfOfADoublingStep) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Random random(seed);
        Backoff backoff(100ms, 1s, random);
        for (const Milliseconds step : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms, 1000ms}) {
            const Milliseconds wait = backoff.Next();
            EXPECT_GE(wait, step / 2) << "seed " << seed;
            EXPECT_LE(wait, step) << "seed " << seed;
        }
    }
}

TEST(Backoff, ReachesBothEndsOfItsRange) {
    Random random(1);
    std::set<Milliseconds> seen;
    for (int i = 0; i < 1000; ++i) {
        Backoff backoff(10ms, 10ms, random);
        seen.insert(backoff.Next());
    }
    EXPECT_EQ(seen, (std::set<Milliseconds>{5ms, 6ms, 7ms, 8ms, 9ms, 10ms}));
}

TEST(Backoff, StartsAgainAtTheFirstStepAfterASuccess) {
    Random random(1);
    Backoff backoff(100ms, 10s, random);
    for (int i = 0; i < 5; ++i)
        backoff.Next();
    backoff.Reset();
    EXPECT_LE(backoff.Next(), 100ms);
}

TEST(Backoff, TheSameSeedWaitsTheSame) {
    std::array<Milliseconds, 10> waits{};
    Random first_random(42);
    Backoff first(50ms, 5s, first_random);
    for (Milliseconds& wait : waits)
        wait = first.Next();
    Random second_random(42);
    Backoff second(50ms, 5s, second_random);
    for (const Milliseconds wait : waits)
        EXPECT_EQ(second.Next(), wait);
}

}  // namespace
}  // namespace flux
