#include "socketio/recovery_stats.h"

#include "base/metrics.h"

namespace flux::socketio {

void Describe(MetricWriter& out, const RecoveryStats& stats) {
    for (std::size_t i = 0; i < kRecoveryVerdicts; ++i) {
        out.Write(
            "socketio_recoveries",
            "Clients that asked to go on with a session, by what came of it; all but recovered "
            "started afresh (later: had to wait first).",
            stats.verdicts[i],
            {{"outcome", kRecoveryVerdictNames[i]}}
        );
    }
    out.Write("socketio_recovery_offered", "Sockets that may recover.", stats.offered);
    out.Write("socketio_recovery_kept", "Sessions kept without a connection.", stats.kept);
    out.Write("socketio_recovery_kept_bytes", "Memory of those sessions.", stats.kept_bytes);
    out.Write("socketio_recovery_expired", "Kept sessions nobody came back to.", stats.expired);
    out.Write(
        "socketio_recovery_forgotten", "Sessions that one side left on purpose.", stats.forgotten
    );
    out.Write("socketio_recovery_not_kept", "Sessions not kept: over a bound.", stats.not_kept);
    out.Write(
        "socketio_recovery_taken_over",
        "Connections closed because their client came back on another one.",
        stats.taken_over
    );
    out.Write(
        "socketio_recovery_archived",
        "Sessions written to the archive, and notes in place of some.",
        stats.archived
    );
    out.Write(
        "socketio_recovery_archive_dropped",
        "Writes that the archive did not take; they are repeated.",
        stats.archive_dropped
    );
    out.Write(
        "socketio_recovery_archive_lost",
        "Writes that were refused, or under way when the connection to the archive ended; they are "
        "repeated.",
        stats.archive_lost
    );
    out.Write(
        "socketio_recovery_archive_given_up",
        "Writes of sessions that had ended here, not repeated because too many waited.",
        stats.archive_given_up
    );
    out.Write(
        "socketio_recovery_archive_too_large",
        "Writes of sessions too large for the archive: a note says that they go on at their own "
        "gateway only.",
        stats.archive_too_large
    );
    out.Write(
        "socketio_recovery_from_archive",
        "Sessions taken from the archive: of another gateway, or an earlier run.",
        stats.from_archive
    );
}

}  // namespace flux::socketio
