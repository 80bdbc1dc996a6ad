#include "feeds/upstream/circuit_breaker.h"

#include "base/units.h"

#include <gtest/gtest.h>

#include <vector>

namespace flux::feeds {
namespace {

class CircuitBreakerTest : public testing::Test {
protected:
    void Fail(int times) {
        for (int i = 0; i < times; ++i) {
            const auto pass = breaker.TryPass();
            ASSERT_TRUE(pass);
            breaker.Failed(*pass);
        }
    }

    /// A call that may be made.
    CircuitBreaker::Pass Begin() {
        const auto pass = breaker.TryPass();
        EXPECT_TRUE(pass);
        return pass.value_or(CircuitBreaker::Pass());
    }

    ManualClock clock;
    CircuitBreaker breaker{clock, BreakerOptions{}};
};

TEST_F(CircuitBreakerTest, OpensAfterThreeFailuresInARow) {
    Fail(2);
    breaker.Succeeded(Begin());
    Fail(2);
    const auto third = Begin();
    EXPECT_EQ(breaker.OpenUntil(), std::nullopt);
    breaker.Failed(third);
    EXPECT_FALSE(breaker.TryPass());
    EXPECT_EQ(breaker.OpenUntil(), clock.Now() + 60s);
    EXPECT_TRUE(breaker.open());
}

TEST_F(CircuitBreakerTest, LetsOneTryAfterTheCooldownAndClosesWhenItSucceeds) {
    Fail(3);
    clock.Advance(60s - 1ms);
    EXPECT_FALSE(breaker.TryPass());
    clock.Advance(1ms);
    EXPECT_EQ(breaker.OpenUntil(), std::nullopt);
    const auto trial = Begin();
    EXPECT_FALSE(breaker.TryPass());
    EXPECT_NE(breaker.OpenUntil(), std::nullopt);  // somebody is trying
    breaker.Succeeded(trial);
    EXPECT_FALSE(breaker.open());
    Fail(2);
    EXPECT_TRUE(breaker.TryPass());  // the count began anew
}

TEST_F(CircuitBreakerTest, OneFailureWhileHalfOpenOpensItForAnotherCooldown) {
    Fail(3);
    clock.Advance(60s);
    Fail(1);
    EXPECT_FALSE(breaker.TryPass());
    EXPECT_EQ(breaker.OpenUntil(), clock.Now() + 60s);
}

TEST_F(CircuitBreakerTest, ATryThatWasWithdrawnIsAnothersToMake) {
    Fail(3);
    clock.Advance(60s);
    breaker.Withdrawn(Begin());
    EXPECT_TRUE(breaker.TryPass());
    EXPECT_FALSE(breaker.TryPass());
}

TEST_F(CircuitBreakerTest, LateNewsOfCallsFromBeforeChangesNothing) {
    std::vector<CircuitBreaker::Pass> before;
    for (int i = 0; i < 5; ++i)
        before.push_back(Begin());  // five under way at once
    for (int i = 0; i < 3; ++i)
        breaker.Failed(before[0]);
    const auto until = breaker.OpenUntil();
    clock.Advance(10s);
    breaker.Failed(before[3]);
    EXPECT_EQ(breaker.OpenUntil(), until);
    breaker.Succeeded(before[4]);
    EXPECT_EQ(breaker.OpenUntil(), until);
}

TEST_F(CircuitBreakerTest, LateNewsDoesNotSpeakForTheOneThatTries) {
    const auto before = Begin();
    Fail(3);
    clock.Advance(60s);
    const auto trial = Begin();
    breaker.Withdrawn(before);
    EXPECT_FALSE(breaker.TryPass());  // still one
    breaker.Succeeded(before);
    EXPECT_TRUE(breaker.open());
    breaker.Failed(before);
    EXPECT_FALSE(breaker.TryPass());
    breaker.Succeeded(trial);
    EXPECT_FALSE(breaker.open());
}

}  // namespace
}  // namespace flux::feeds
