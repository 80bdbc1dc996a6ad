#include "feeds/crypto/crypto_stats.h"

#include <chrono>

namespace flux::feeds {
namespace {

void DescribeFrames(MetricWriter& out, const CryptoStats& stats) {
    out.Write("crypto_frames", "Frames received from the ticker feed", stats.frames);
    constexpr auto kSkipped = "Frames of the ticker feed that were skipped";
    out.Write("crypto_frames_skipped", kSkipped, stats.frames_malformed, {{"reason", "malformed"}});
    out.Write("crypto_frames_skipped", kSkipped, stats.frames_unknown, {{"reason", "unknown"}});
    out.Write("crypto_heartbeats", "Heartbeats of the ticker feed", stats.heartbeats);
    out.Write("crypto_feed_errors", "Error frames of the ticker feed", stats.feed_errors);
}

void DescribeTicks(MetricWriter& out, const CryptoStats& stats) {
    out.Write("crypto_ticks", "Well-formed tickers received", stats.ticks);
    out.Write("crypto_ticks_published", "Tickers the bus took", stats.ticks_published);
    out.Write(
        "crypto_ticks_coalesced",
        "Tickers replaced by a newer one before they were published",
        stats.ticks_coalesced
    );
    constexpr auto kDropped = "Tickers dropped";
    out.Write("crypto_ticks_dropped", kDropped, stats.ticks_late, {{"reason", "late"}});
    out.Write("crypto_ticks_dropped", kDropped, stats.ticks_stale, {{"reason", "stale"}});
    out.Write("crypto_ticks_dropped", kDropped, stats.ticks_foreign, {{"reason", "foreign"}});
    out.Write("crypto_ticks_dropped", kDropped, stats.ticks_refused, {{"reason", "refused"}});
    out.Write(
        "crypto_publish_failures",
        "Records the bus could not take at that moment",
        stats.publish_failures
    );
}

void DescribeConnections(MetricWriter& out, const CryptoStats& stats) {
    out.Write("crypto_connects", "Connections opened to the ticker feed", stats.connects);
    out.Write("crypto_subscribed", "Subscriptions acknowledged", stats.subscribed);
    out.Write(
        "crypto_resubscribes", "Times missing products were asked for again", stats.resubscribes
    );
    constexpr auto kName = "crypto_reconnects";
    constexpr auto kHelp = "New tries to connect, by why the last connection ended";
    out.Write(kName, kHelp, stats.reconnects_unreachable, {{"reason", "unreachable"}});
    out.Write(kName, kHelp, stats.reconnects_declined, {{"reason", "declined"}});
    out.Write(kName, kHelp, stats.reconnects_lost, {{"reason", "lost"}});
    out.Write(kName, kHelp, stats.reconnects_silent, {{"reason", "silent"}});
    out.Write(kName, kHelp, stats.reconnects_unacknowledged, {{"reason", "unacknowledged"}});
    out.Write(kName, kHelp, stats.reconnects_protocol, {{"reason", "protocol"}});
}

}  // namespace

void Describe(MetricWriter& out, const CryptoStats& stats, const Clock& clock) {
    DescribeFrames(out, stats);
    DescribeTicks(out, stats);
    DescribeConnections(out, stats);
    out.Write(
        "crypto_catalog_failures", "Failed requests for the product list", stats.catalog_failures
    );
    out.Write(
        "crypto_connections_subscribed",
        "Connections with an acknowledged subscription",
        stats.connections_subscribed
    );
    out.Write(
        "crypto_products_missing",
        "Products asked for that the feed has not taken",
        stats.products_missing
    );
    out.Write(
        "crypto_products_unlisted",
        "Products asked for that the product list does not offer",
        stats.products_unlisted
    );
    const std::int64_t last = stats.last_frame_ms.value();
    if (last == 0) return;  // no frame yet: no age
    const auto now =
        std::chrono::duration_cast<Milliseconds>(clock.Now().time_since_epoch()).count();
    out.WriteGauge(
        "crypto_last_frame_age_seconds",
        "Seconds since the last frame of the ticker feed",
        static_cast<double>(now - last) / 1000
    );
}

}  // namespace flux::feeds
