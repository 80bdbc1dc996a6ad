// What the part of the crypto service counts that asks for markets.
#pragma once

#include "base/counter.h"
#include "base/metrics.h"
#include "feeds/upstream/upstream_stats.h"

namespace flux::feeds {

/// Thread: written on the service's shard, read by any.
struct MarketStats {
    UpstreamStats coingecko;
    UpstreamStats coinbase;  ///< the product list
    UpstreamStats frankfurter;

    Counter rows_skipped;         ///< coins of a list that could not be used
    Counter movers_published;     ///< records the bus took
    Counter top_coins_published;  ///< records the bus took
    Counter top_coins_built;
};

void Describe(MetricWriter& out, const MarketStats& stats);

}  // namespace flux::feeds
