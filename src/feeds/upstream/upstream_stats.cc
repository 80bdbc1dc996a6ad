#include "feeds/upstream/upstream_stats.h"

namespace flux::feeds {

void Describe(MetricWriter& out, std::string_view source, const UpstreamStats& stats) {
    out.Write(
        "upstream_calls", "Requests sent to an outside source", stats.calls, {{"source", source}}
    );
    constexpr auto kName = "upstream_answers";
    constexpr auto kHelp = "Requests to an outside source by how they ended";
    out.Write(kName, kHelp, stats.succeeded, {{"source", source}, {"result", "succeeded"}});
    out.Write(kName, kHelp, stats.failed, {{"source", source}, {"result", "failed"}});
    out.Write(kName, kHelp, stats.limited, {{"source", source}, {"result", "limited"}});
    out.Write(
        "upstream_not_sent",
        "Calls to an outside source that key, breaker or budget did not allow",
        stats.not_sent,
        {{"source", source}}
    );
    out.Write(
        "upstream_breaker_opened",
        "Times an outside source was left alone after failures in a row",
        stats.breaker_opened,
        {{"source", source}}
    );
}

}  // namespace flux::feeds
