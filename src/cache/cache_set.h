// The cache of a process: one view per shard.
#pragma once

#include "base/clock.h"
#include "cache/cache.h"
#include "runtime/shard.h"
#include "runtime/task.h"

namespace flux::cache {

struct CacheOptions {
    /// How long a Get may take before it counts as a miss.
    Milliseconds budget{30};
};

/// Thread: the one that made it, which is no shard, unless a member says otherwise. Lifecycle:
/// Start on each shard, Stop on each shard, destroy; what Of gave is good in between.
class CacheSet {
public:
    virtual ~CacheSet() = default;

    /// Opens the view of the calling shard; returns once it can be asked, or that is known not to
    /// be so now. Thread: each shard.
    virtual Task<> Start() = 0;

    /// Returns when nobody waits for an answer any more. Thread: each shard.
    virtual Task<> Stop() = 0;

    /// The view of `shard`. Thread: any; the view belongs to the shard.
    virtual Cache& Of(ShardId shard) = 0;
};

}  // namespace flux::cache
