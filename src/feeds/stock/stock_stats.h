// What the stock service counts.
#pragma once

#include "base/counter.h"
#include "base/metrics.h"
#include "feeds/upstream/upstream_stats.h"

namespace flux::feeds {

/// Thread: written on the service's shard, read by any.
struct StockStats {
    UpstreamStats upstream;
    Counter quotes;            ///< rows a batch was made of
    Counter quotes_malformed;  ///< skipped: see QuoteFlaw
    Counter quotes_unknown;    ///< skipped: symbols Finnhub does not cover
    Counter quotes_no_close;   ///< skipped: no previous close
    Counter quotes_failed;     ///< symbols without an answer
    Counter batches_published;
    Counter batches_repeated;   ///< a command got the last batch again
    Counter batches_too_small;  ///< not published: too few quotes
};

void Describe(MetricWriter& out, const StockStats& stats);

}  // namespace flux::feeds
