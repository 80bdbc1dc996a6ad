#include "app/recovery_settings.h"

#include "base/units.h"

namespace flux::app {

using config::Between;
using namespace std::chrono_literals;

void BindRecovery(config::Registry& registry, socketio::SocketIoOptions& socketio) {
    using socketio::RecoveryOffer;
    registry.AddChoice<RecoveryOffer>(
        "socketio.recovery",
        &socketio.recovery,
        {{"off", RecoveryOffer::kOff},
         {"opt-in", RecoveryOffer::kOptIn},
         {"always", RecoveryOffer::kAlways}},
        "Who may go on where they were after their connection was lost: nobody, clients whose auth "
        "holds recover: true, or all; handlers see the offset as one more argument."
    );
    registry.AddDuration(
        "socketio.recovery_window",
        &socketio.recovery_window,
        Between<Milliseconds>{100ms, 24h},
        1ms,
        "How long a session is kept without a connection."
    );
    registry.AddInteger(
        "socketio.recovery_sessions_max",
        &socketio.recovery_sessions_max,
        Between<std::size_t>{1, 10'000'000},
        "sessions",
        "Sessions kept without a connection; those of further clients start afresh."
    );
    registry.AddInteger(
        "socketio.recovery_sessions_per_address_max",
        &socketio.recovery_sessions_per_address_max,
        Between<std::uint32_t>{1, 1'000'000},
        "sessions",
        "Of them, those of one client address (IPv6: its /64)."
    );
    registry.AddBytes(
        "socketio.recovery_bytes_max",
        &socketio.recovery_bytes_max,
        Between<std::size_t>{64 * KiB, 64 * GiB},
        "Memory of sessions kept without a connection."
    );
    registry.AddBytes(
        "socketio.recovery_bytes_per_address_max",
        &socketio.recovery_bytes_per_address_max,
        Between<std::size_t>{64 * KiB, 64 * GiB},
        "Of it, that of one client address (IPv6: its /64)."
    );
}

}  // namespace flux::app
