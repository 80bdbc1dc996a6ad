// What one shard's view of the cache counts.
#pragma once

#include "base/counter.h"
#include "base/metrics.h"

#include <cstddef>

namespace flux::cache {

/// Written on the view's shard.
struct CacheStats {
    Counter hits;
    Counter misses;          ///< the cache said that it has none
    Counter late;            ///< no answer within the budget
    Counter away;            ///< not asked, because nobody answers
    Counter refused;         ///< answered with an error, or with more than a value may hold
    Counter writes;          ///< Set and Delete handed over
    Counter writes_dropped;  ///< Set and Delete that were not
};

/// Publishes those of one shard.
void Describe(MetricWriter& out, const CacheStats& stats, std::size_t shard);

}  // namespace flux::cache
