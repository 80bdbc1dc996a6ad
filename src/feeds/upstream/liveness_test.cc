#include "feeds/upstream/liveness.h"

#include "base/units.h"

#include <gtest/gtest.h>

namespace flux::feeds {
namespace {

TEST(Liveness, DiesOfSilenceAndOnlyOfSilence) {
    ManualClock clock;
    Liveness liveness(clock, 5s);
    clock.Advance(4999ms);
    EXPECT_FALSE(liveness.Dead());
    EXPECT_EQ(liveness.Remaining(), 1ms);
    liveness.Heard();
    EXPECT_EQ(liveness.Remaining(), 5s);
    clock.Advance(5s);
    EXPECT_TRUE(liveness.Dead());
    clock.Advance(1h);
    EXPECT_EQ(liveness.Remaining(), 0ms);
}

TEST(Liveness, RoundsTheRestUpSoThatAWaitNeverEndsEarly) {
    ManualClock clock;
    Liveness liveness(clock, 10ms);
    clock.Advance(9'999'999ns);
    EXPECT_FALSE(liveness.Dead());
    EXPECT_EQ(liveness.Remaining(), 1ms);
}

}  // namespace
}  // namespace flux::feeds
