// What the recovery of sessions counts.
#pragma once

#include "base/counter.h"
#include "socketio/recovery_verdict.h"

#include <array>

namespace flux {
class MetricWriter;
}

namespace flux::socketio {

/// Of one shard. Thread: written by the shard, read by any.
struct RecoveryStats {
    std::array<Counter, kRecoveryVerdicts> verdicts;
    Gauge offered;  ///< sockets that may recover, connected now
    Gauge kept;     ///< sessions without a connection
    Gauge kept_bytes;
    Counter expired;
    Counter forgotten;          ///< left on purpose
    Counter not_kept;           ///< over a bound
    Counter taken_over;         ///< of a connection that was still open
    Counter archived;           ///< writes to the archive
    Counter archive_dropped;    ///< those that it did not take, to be repeated
    Counter archive_lost;       ///< that it took and may not have stored, to be repeated
    Counter archive_given_up;   ///< of those, too many waited
    Counter archive_too_large;  ///< only a note lies there in place of the session
    Counter from_archive;
};

/// Writes the samples of one shard; the caller has set the common label.
void Describe(MetricWriter& out, const RecoveryStats& stats);

}  // namespace flux::socketio
