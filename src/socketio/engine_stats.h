// What one shard's Engine.IO sessions count.
#pragma once

#include "base/counter.h"
#include "socketio/close_reason.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flux {
class MetricWriter;
}

namespace flux::socketio {

/// Why a request was turned away.
enum class Refusal : std::uint8_t {
    kUnknownTransport,
    kUnknownSession,
    kBadMethod,
    kBadRequest,
    kForbiddenOrigin,
    kUnsupportedVersion,
    kOtherGateway,
    kHandshakeBudget,
    kTotalHandshakeBudget,
    kSessionsMax,
    kAddressSessionsMax,
    kDraining,
};
inline constexpr std::size_t kRefusals = 12;
std::string_view ToString(Refusal refusal);

/// What a session was closed for having used up. All but the last end it as kLimit.
enum class Budget : std::uint8_t {
    kMessages,         ///< of its client address
    kBytes,            ///< of its client address
    kTotalMessages,    ///< of all addresses together
    kTotalBytes,       ///< of all addresses together
    kReassemblyBytes,  ///< of all packets whose attachments are still coming
    kOutboundBytes,    ///< of all outboxes; whoever does not read then is closed as kSlow
};
inline constexpr std::size_t kBudgets = 6;
std::string_view ToString(Budget budget);

/// Thread: written by the shard, read by any.
struct EngineStats {
    Gauge sessions;  ///< open now
    Counter handshakes_polling;
    Counter handshakes_websocket;
    Counter upgrades;
    Counter packets_in;
    Counter packets_out;        ///< frames taken by a transport whole
    Counter bytes_in;           ///< of messages
    Counter bytes_out;          ///< on WebSockets with frame headers, on polling the bodies
    Counter writes;             ///< gathered writes and polling responses
    Counter deflated;           ///< frames compressed, each for all its receivers
    Counter deflate_bytes_in;   ///< of those frames before
    Counter deflate_bytes_out;  ///< and after; the same where it did not pay
    Counter frames_conflated;
    Counter frames_dropped;   ///< queued for sessions that were closed before they were sent
    Gauge outbound_bytes;     ///< memory of outboxes and of the frames in them, after each turn
    Gauge outbox_bytes_peak;  ///< the most that ever waited for one session
    std::array<Counter, kDisconnectReasons> closed;
    std::array<Counter, kRefusals> refused;
    std::array<Counter, kBudgets> over_budget;
    Counter probes_refused;  ///< WebSockets that were to take a session over and did not
};

/// Writes the samples of one shard; the caller has set the common label.
void Describe(MetricWriter& out, const EngineStats& stats);

}  // namespace flux::socketio
