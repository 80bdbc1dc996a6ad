#include "runtime/shard_stats.h"

#include "base/metrics.h"

#include <string>

namespace flux {

void Describe(MetricWriter& out, ShardSet& shards) {
    for (std::size_t i = 0; i < shards.size(); ++i) {
        const std::string shard = std::to_string(i);
        const ShardStats& stats = shards[i].stats();
        out.Write("shard_turns", "Turns of the event loop", stats.turns, {{"shard", shard}});
        out.Write("shard_wakes", "Turns another thread began", stats.wakes, {{"shard", shard}});
        out.Write(
            "shard_letters_refused",
            "Letters to an event loop refused because too many waited",
            stats.mailbox_full,
            {{"shard", shard}}
        );
    }
}

}  // namespace flux
