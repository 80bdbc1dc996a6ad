// What is counted of one outside source.
#pragma once

#include "base/counter.h"
#include "base/metrics.h"

#include <string_view>

namespace flux::feeds {

/// Plain members, published on /metrics with the label `source`.
struct UpstreamStats {
    Counter calls;  ///< requests sent
    Counter succeeded;
    Counter failed;    ///< no answer, 5xx, garbage
    Counter limited;   ///< the source said 429
    Counter not_sent;  ///< key, breaker or budget said no
    Counter breaker_opened;
};

void Describe(MetricWriter& out, std::string_view source, const UpstreamStats& stats);

}  // namespace flux::feeds
