// What the news service counts.
#pragma once

#include "base/counter.h"
#include "base/metrics.h"
#include "feeds/upstream/upstream_stats.h"

namespace flux::feeds {

/// Thread: written on the service's shard, read by any.
struct NewsStats {
    UpstreamStats upstream;
    Counter articles;           ///< became cards
    Counter articles_dropped;   ///< cannot be shown
    Counter articles_repeated;  ///< the same as one before
    Counter answers_empty;      ///< not published: no article that can be shown
    Counter events_fresh;       ///< published, of a new answer
    Counter events_cached;      ///< published, of an answer that was young enough
    Gauge credits_left;         ///< of the day, as the source last said; -1: it has not
};

void Describe(MetricWriter& out, const NewsStats& stats);

}  // namespace flux::feeds
