#include "feeds/weather/epa_index.h"

#include <gtest/gtest.h>

namespace flux::feeds {
namespace {

TEST(UsEpaIndex, FollowsTheBreakpointsOf2024) {
    const struct {
        double pm2_5;
        int index;
    } cases[] = {
        {0, 1},
        {9.0, 1},
        {9.09, 1},
        {9.1, 2},
        {35.4, 2},
        {35.49, 2},
        {35.5, 3},
        {37.8, 3},
        {55.4, 3},
        {55.5, 4},
        {125.4, 4},
        {125.5, 5},
        {225.4, 5},
        {225.5, 6},
        {1e6, 6}};
    for (const auto& [pm2_5, index] : cases)
        EXPECT_EQ(UsEpaIndex(pm2_5), index) << pm2_5;
}

}  // namespace
}  // namespace flux::feeds
