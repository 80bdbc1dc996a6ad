#include "valkey/valkey_stats.h"

#include <string>

namespace flux::valkey {

void Describe(MetricWriter& out, const ValkeyStats& stats, std::size_t shard) {
    const std::string number = std::to_string(shard);
    const MetricLabel label{"shard", number};
    out.Write("valkey_connected", "Whether Valkey is asked", stats.connected, {label});
    out.Write("valkey_queued_bytes", "Commands not answered yet", stats.queued_bytes, {label});
    out.Write("valkey_connects", "Connections that were ready", stats.connects, {label});
    out.Write("valkey_connect_failures", "Connections in vain", stats.connect_failures, {label});
    out.Write("valkey_commands", "Commands sent", stats.commands, {label});
    out.Write("valkey_late", "Answers that came too late", stats.late, {label});
    out.Write("valkey_refused", "Commands answered with an error", stats.refused, {label});
    out.Write(
        "valkey_dropped", "Commands not sent", stats.dropped_full, {label, {"reason", "queue_full"}}
    );
    out.Write(
        "valkey_dropped", "Commands not sent", stats.dropped_away, {label, {"reason", "away"}}
    );
    out.Write(
        "valkey_protocol_errors",
        "Connections given up because of what they sent",
        stats.protocol_errors,
        {label}
    );
}

}  // namespace flux::valkey
