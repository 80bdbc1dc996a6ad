// What the crypto service counts.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "base/metrics.h"

namespace flux::feeds {

/// One for all connections of the service. Thread: written on its shard, read by any.
struct CryptoStats {
    Counter frames;            ///< whole frames received
    Counter frames_malformed;  ///< skipped: no JSON, no type, or a broken ticker
    Counter frames_unknown;    ///< of a type Flux does not know; ignored
    Counter heartbeats;
    Counter feed_errors;  ///< `error` frames

    Counter ticks;             ///< tickers received and well formed
    Counter ticks_published;   ///< records the bus took
    Counter ticks_coalesced;   ///< replaced by a newer ticker before they were published
    Counter ticks_late;        ///< dropped: not newer than one already seen
    Counter ticks_stale;       ///< dropped: left over from a connection that was lost
    Counter ticks_foreign;     ///< dropped: of a product that was not asked for
    Counter ticks_refused;     ///< dropped: the bus refused the record for good
    Counter publish_failures;  ///< the bus could not take a record now; the newest is tried again

    Counter connects;                ///< connections opened
    Counter subscribed;              ///< acknowledgements that followed a subscribe
    Counter resubscribes;            ///< products that were missing asked for again
    Counter reconnects_unreachable;  ///< next tries, by why the last one ended
    Counter reconnects_declined;
    Counter reconnects_lost;
    Counter reconnects_silent;
    Counter reconnects_unacknowledged;
    Counter reconnects_protocol;

    Counter catalog_failures;  ///< asking for the product list failed

    Gauge connections_subscribed;  ///< connections whose subscription is acknowledged
    Gauge products_missing;        ///< products asked for that the feed has not taken
    Gauge products_unlisted;       ///< products the product list does not offer
    Gauge last_frame_ms;           ///< steady milliseconds of the last frame; 0 before the first
};

/// Publishes `stats`; the time since the last frame is measured with `clock`. Any thread.
void Describe(MetricWriter& out, const CryptoStats& stats, const Clock& clock);

}  // namespace flux::feeds
