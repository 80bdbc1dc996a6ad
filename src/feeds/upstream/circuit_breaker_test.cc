#include "feeds/upstream/circuit_breaker.h"

#include "base/units.h"

#include <gtest/gtest.h>

namespace flux::feeds {
namespace {

class CircuitBreakerTest : public testing::Test {
protected:
    void Fail(int times) {
        for (int i = 0; i < times; ++i) {
            ASSERT_TRUE(breaker.TryPass());
            breaker.Failed();
        }
    }

    ManualClock clock;
    CircuitBreaker breaker{clock, BreakerOptions{}};
};

TEST_F(CircuitBreakerTest, OpensAfterThreeFailuresInARow) {
    Fail(2);
    breaker.Succeeded();
    Fail(2);
    EXPECT_TRUE(breaker.TryPass());
    EXPECT_EQ(breaker.OpenUntil(), std::nullopt);
    breaker.Failed();
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
    EXPECT_TRUE(breaker.TryPass());
    EXPECT_FALSE(breaker.TryPass());
    EXPECT_NE(breaker.OpenUntil(), std::nullopt);  // somebody is trying
    breaker.Succeeded();
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
    EXPECT_TRUE(breaker.TryPass());
    breaker.Withdrawn();
    EXPECT_TRUE(breaker.TryPass());
    EXPECT_FALSE(breaker.TryPass());
}

TEST_F(CircuitBreakerTest, LateNewsOfCallsFromBeforeChangesNothing) {
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(breaker.TryPass());  // five under way at once
    for (int i = 0; i < 3; ++i)
        breaker.Failed();
    const auto until = breaker.OpenUntil();
    clock.Advance(10s);
    breaker.Failed();
    EXPECT_EQ(breaker.OpenUntil(), until);
    breaker.Succeeded();
    EXPECT_EQ(breaker.OpenUntil(), until);
}

}  // namespace
}  // namespace flux::feeds
