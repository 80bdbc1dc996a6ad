#include "gateway/session_cache.h"

#include "base/rank.h"
#include "cache/memory_cache.h"
#include "gateway/gateway_fixture.h"

namespace flux::gateway {
namespace {

using testing::RunOn;
using testing::RunOnEach;
using Value = std::optional<std::string>;

TEST(SessionCache, OneOfSeveralAskersGetsASessionFromAnyShard) {
    ShardSet shards(2, SystemClock::Instance());
    shards.Start();
    MetricRegistry metrics;
    cache::MemoryCacheSet caches(shards, {}, {.budget = 5s}, metrics);
    const socketio::SessionArchiveFactory factory = SessionsIn(caches);
    std::vector<std::shared_ptr<socketio::SessionArchive>> archives;
    RunOnEach(shards, [&] { return caches.Start(); });
    for (std::size_t shard = 0; shard < shards.size(); ++shard)
        archives.push_back(factory(shards[shard]));

    const std::string kept = EncodeRank(4) + "kept";
    const auto put = [&]() -> Task<Value> {
        EXPECT_TRUE(archives[0]->Put("pid", kept, 60s, nullptr));
        co_return co_await caches.Of(ShardId(0)).Get("bff:session:pid");
    };
    EXPECT_EQ(RunOn(shards[0], put()), kept);
    EXPECT_EQ(RunOn(shards[1], archives[1]->Take("pid", "by me")), kept);
    EXPECT_EQ(RunOn(shards[0], archives[0]->Take("pid", "no, me")), EncodeRank(5) + "by me");
    EXPECT_EQ(RunOn(shards[0], archives[0]->Take("another", "by me")), std::nullopt);

    RunOnEach(shards, [&] { return caches.Stop(); });
    shards.Stop();
}

}  // namespace
}  // namespace flux::gateway
