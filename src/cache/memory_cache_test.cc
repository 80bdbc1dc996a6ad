#include "cache/memory_cache.h"

#include "cache/cache_contract.h"

namespace flux::cache {

std::unique_ptr<CacheSet> testing::MakeCacheSet(
    ShardSet& shards, const CacheOptions& options, MetricRegistry& metrics
) {
    return std::make_unique<MemoryCacheSet>(shards, MemoryCacheOptions{}, options, metrics);
}

namespace {

TEST(MemoryStore, TheOldestMakeRoom) {
    ManualClock clock;
    MemoryStore store(10'000, clock);
    const std::string value(2'000, 'x');
    for (int n = 0; n < 6; ++n)
        store.Set(std::to_string(n), value, 60s);
    EXPECT_EQ(store.Get("0"), std::nullopt);
    EXPECT_EQ(store.Get("1"), std::nullopt);
    EXPECT_EQ(store.Get("2"), value);
    EXPECT_EQ(store.Get("5"), value);
    EXPECT_EQ(store.stats().evicted.value(), 2u);
    EXPECT_LE(store.stats().bytes.value(), 10'000);
    EXPECT_EQ(store.stats().entries.value(), 4);
    store.Set("2", value, 60s);  // written anew, so "3" is the oldest
    store.Set("6", value, 60s);
    EXPECT_EQ(store.Get("3"), std::nullopt);
    EXPECT_EQ(store.Get("2"), value);
    store.Set("large", std::string(20'000, 'x'), 60s);
    EXPECT_EQ(store.Get("large"), std::nullopt);
}

TEST(MemoryStore, EverythingGoneIsNoBytes) {
    ManualClock clock;
    MemoryStore store(10'000, clock);
    store.Set("a", "1", 1s);
    store.Set("b", "2", 2s);
    store.Set("c", "3", 2s);
    clock.Advance(1s);
    EXPECT_EQ(store.Get("a"), std::nullopt);
    EXPECT_EQ(store.Take("b", "mark", 5s), "2");
    store.Delete("b");
    store.Delete("c");
    EXPECT_EQ(store.stats().bytes.value(), 0);
    EXPECT_EQ(store.stats().entries.value(), 0);
    EXPECT_EQ(store.stats().evicted.value(), 0u);
}

}  // namespace
}  // namespace flux::cache
