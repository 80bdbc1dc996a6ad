#include "feeds/upstream/call_budget.h"

#include "base/random.h"
#include "base/units.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace flux::feeds {
namespace {

TEST(CallBudget, AllowsSoManyAtOnceAndTheNextWhenTheFirstHasLeftTheWindow) {
    ManualClock clock;
    CallBudget budget(clock, {{3, 60s}});
    const SteadyTime first = clock.Now();
    EXPECT_TRUE(budget.TryTake());
    clock.Advance(10s);
    EXPECT_TRUE(budget.TryTake());
    EXPECT_TRUE(budget.TryTake());
    EXPECT_FALSE(budget.TryTake());
    EXPECT_EQ(budget.NextAt(), first + 60s);
    clock.Advance(50s);
    EXPECT_EQ(budget.NextAt(), std::nullopt);
    EXPECT_TRUE(budget.TryTake());
    EXPECT_FALSE(budget.TryTake());
    EXPECT_EQ(budget.NextAt(), first + 70s);
}

TEST(CallBudget, KeepsAllLimits) {
    ManualClock clock;
    CallBudget budget(clock, {{2, 1s}, {3, 60s}});
    const SteadyTime first = clock.Now();
    EXPECT_TRUE(budget.TryTake());
    EXPECT_TRUE(budget.TryTake());
    EXPECT_FALSE(budget.TryTake());
    EXPECT_EQ(budget.NextAt(), first + 1s);
    clock.Advance(1s);
    EXPECT_TRUE(budget.TryTake());
    EXPECT_FALSE(budget.TryTake());
    EXPECT_EQ(budget.NextAt(), first + 60s);
}

TEST(CallBudget, ACallUnderWayCountsUntilAWindowAfterItsEnd) {
    ManualClock clock;
    CallBudget budget(clock, {{1, 60s}});
    EXPECT_TRUE(budget.TryBegin());
    clock.Advance(70s);  // it may reach the source only now
    EXPECT_FALSE(budget.TryBegin());
    EXPECT_EQ(budget.NextAt(), clock.Now() + 60s);
    budget.End();
    clock.Advance(60s);
    EXPECT_TRUE(budget.TryBegin());
    budget.End();
}

TEST(CallBudget, IsClosedAsLongAsItIsTold) {
    ManualClock clock;
    CallBudget budget(clock, {});
    EXPECT_TRUE(budget.TryTake());
    const SteadyTime until = clock.Now() + 30s;
    budget.CloseUntil(until);
    budget.CloseUntil(clock.Now() + 5s);
    EXPECT_EQ(budget.NextAt(), until);
    EXPECT_FALSE(budget.TryTake());
    clock.Advance(30s);
    EXPECT_TRUE(budget.TryTake());
}

/// Whenever callers come and however long a call is on its way, the source, which counts each at
/// some moment between its beginning and its end, never counts more than the limit in a window.
TEST(CallBudget, TheSourceNeverSeesMoreThanTheLimitInAnyWindow) {
    constexpr std::size_t kCalls = 7;
    constexpr auto kWindow = 1'000ms;
    struct Call {
        SteadyTime arrives;
        SteadyTime ends;
    };
    Random random(4711);
    ManualClock clock;
    CallBudget budget(clock, {{kCalls, kWindow}});
    std::vector<Call> under_way;
    std::vector<SteadyTime> seen;
    for (int step = 0; step < 20'000; ++step) {
        clock.Advance(Milliseconds(random.Below(40)));
        std::erase_if(under_way, [&](const Call& call) {
            const bool over = call.ends <= clock.Now();
            if (over) budget.End();
            return over;
        });
        if (!budget.TryBegin()) continue;
        const Milliseconds takes(random.Below(700));
        const auto on_its_way =
            Milliseconds(random.Below(static_cast<std::uint64_t>(takes.count()) + 1));
        under_way.push_back({clock.Now() + on_its_way, clock.Now() + takes});
        seen.push_back(under_way.back().arrives);
    }
    std::sort(seen.begin(), seen.end());
    ASSERT_GT(seen.size(), 1'000u);
    for (std::size_t i = kCalls; i < seen.size(); ++i)
        EXPECT_GE(seen[i] - seen[i - kCalls], kWindow) << i;
}

}  // namespace
}  // namespace flux::feeds
