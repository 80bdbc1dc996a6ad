#include "feeds/upstream/fleet_lease.h"

#include "feeds/upstream/map_cache.h"
#include "feeds/upstream/upstream_rig.h"

namespace flux::feeds {
namespace {

using FleetLeaseTest = testing::UpstreamRig;

Task<std::optional<FleetLease>> TryTake(cache::Cache* cache) {
    return FleetLease::TryTake(cache, "x", 30s);
}

TEST_F(FleetLeaseTest, IsOneInstancesUntilItIsGivenBack) {
    Run([]() -> Task<> {
        testing::MapCache cache;
        {
            const auto first = co_await TryTake(&cache);
            EXPECT_TRUE(first);
            const auto second = co_await TryTake(&cache);
            EXPECT_FALSE(second);
            EXPECT_EQ(cache.lifetimes["lease:x"], 30s);  // what died with it is free then
        }
        EXPECT_TRUE(cache.values.empty());
        const auto third = co_await TryTake(&cache);
        EXPECT_TRUE(third);
    }());
}

TEST_F(FleetLeaseTest, OneThatWasNotGivenTakesNothingAway) {
    Run([]() -> Task<> {
        testing::MapCache cache;
        const auto first = co_await TryTake(&cache);
        {
            const auto second = co_await TryTake(&cache);
            EXPECT_FALSE(second);
        }
        const auto third = co_await TryTake(&cache);
        EXPECT_FALSE(third);
    }());
}

TEST_F(FleetLeaseTest, WithoutACacheEverybodyHasIt) {
    Run([]() -> Task<> {
        const auto alone = co_await TryTake(nullptr);
        EXPECT_TRUE(alone);
        testing::MapCache cache;
        cache.away = true;
        const auto first = co_await TryTake(&cache);
        EXPECT_TRUE(first);
        const auto second = co_await TryTake(&cache);
        EXPECT_TRUE(second);
    }());
}

TEST_F(FleetLeaseTest, GarbageUnderItsKeyIsNobodys) {
    Run([]() -> Task<> {
        testing::MapCache cache;
        cache.values["lease:x"] = "garbage";
        const auto lease = co_await TryTake(&cache);
        EXPECT_TRUE(lease);
    }());
}

}  // namespace
}  // namespace flux::feeds
