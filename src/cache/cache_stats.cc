#include "cache/cache_stats.h"

#include <string>
#include <string_view>
#include <utility>

namespace flux::cache {

void Describe(MetricWriter& out, const CacheStats& stats, std::size_t shard) {
    const std::string number = std::to_string(shard);
    const MetricLabel label{"shard", number};
    const std::pair<std::string_view, const Counter*> results[] = {
        {"hit", &stats.hits},
        {"miss", &stats.misses},
        {"late", &stats.late},
        {"away", &stats.away},
        {"refused", &stats.refused}};
    for (const auto& [result, count] : results) {
        out.Write(
            "cache_reads",
            "Values asked for, by what came of it; everything but a hit counts as missing",
            *count,
            {label, {"result", result}}
        );
    }
    out.Write("cache_writes", "Values written or deleted", stats.writes, {label});
    out.Write(
        "cache_writes_dropped",
        "Values not written, because the cache is away, its queue full or the value too large",
        stats.writes_dropped,
        {label}
    );
}

}  // namespace flux::cache
