// What the event loops count, as metrics.
#pragma once

#include "runtime/shard_set.h"

namespace flux {

class MetricWriter;

/// Writes the samples of every shard, each with its number as the label `shard`. Thread: any.
void Describe(MetricWriter& out, ShardSet& shards);

}  // namespace flux
