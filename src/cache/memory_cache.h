// The cache of a process that has no Valkey: in its own memory.
#pragma once

#include "base/metrics.h"
#include "cache/cache_set.h"
#include "cache/cache_stats.h"
#include "cache/memory_store.h"
#include "limits/limits.h"
#include "runtime/shard_set.h"
#include "runtime/task_group.h"

#include <memory>
#include <vector>

namespace flux::cache {

struct MemoryCacheOptions {
    std::size_t bytes_max = limits::kCacheMemoryBytesMax;
};

/// One store for all shards, which lives on the first; the others ask it by mailbox, and so get
/// what any of them wrote. It is gone with the process.
class MemoryCacheSet final : public CacheSet {
public:
    MemoryCacheSet(
        ShardSet& shards,
        const MemoryCacheOptions& options,
        const CacheOptions& cache_options,
        MetricRegistry& metrics
    );
    ~MemoryCacheSet() override;

    Task<> Start() override;
    Task<> Stop() override;
    Cache& Of(ShardId shard) override;

private:
    class View;

    const std::shared_ptr<MemoryStore> store_;  // letters hold it too
    std::vector<std::unique_ptr<View>> views_;
    MetricRegistry::Registration metrics_;  // last: what it reads goes after it
};

}  // namespace flux::cache
