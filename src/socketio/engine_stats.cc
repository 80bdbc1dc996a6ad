#include "socketio/engine_stats.h"

#include "base/assert.h"
#include "base/metrics.h"

namespace flux::socketio {

std::string_view ToString(Refusal refusal) {
    switch (refusal) {
        case Refusal::kUnknownTransport:
            return "unknown transport";
        case Refusal::kUnknownSession:
            return "unknown session";
        case Refusal::kBadMethod:
            return "bad method";
        case Refusal::kBadRequest:
            return "bad request";
        case Refusal::kForbiddenOrigin:
            return "forbidden origin";
        case Refusal::kUnsupportedVersion:
            return "unsupported version";
        case Refusal::kOtherGateway:
            return "other gateway";
        case Refusal::kHandshakeBudget:
            return "handshake budget";
        case Refusal::kTotalHandshakeBudget:
            return "handshake budget of all";
        case Refusal::kSessionsMax:
            return "sessions max";
        case Refusal::kAddressSessionsMax:
            return "address sessions max";
        case Refusal::kDraining:
            return "draining";
    }
    FLUX_ASSERT(false);
    return {};
}

std::string_view ToString(Budget budget) {
    switch (budget) {
        case Budget::kMessages:
            return "messages";
        case Budget::kBytes:
            return "bytes";
        case Budget::kTotalMessages:
            return "total messages";
        case Budget::kTotalBytes:
            return "total bytes";
        case Budget::kReassemblyBytes:
            return "reassembly bytes";
        case Budget::kOutboundBytes:
            return "outbound bytes";
    }
    FLUX_ASSERT(false);
    return {};
}

namespace {

void DescribeRefusals(MetricWriter& out, const EngineStats& stats) {
    for (std::size_t i = 0; i < kDisconnectReasons; ++i) {
        out.Write(
            "socketio_closed",
            "Sessions closed, by reason.",
            stats.closed[i],
            {{"reason", ToString(static_cast<DisconnectReason>(i))}}
        );
    }
    for (std::size_t i = 0; i < kRefusals; ++i) {
        out.Write(
            "socketio_refused",
            "Requests turned away, by reason.",
            stats.refused[i],
            {{"reason", ToString(static_cast<Refusal>(i))}}
        );
    }
    for (std::size_t i = 0; i < kBudgets; ++i) {
        out.Write(
            "socketio_over_budget",
            "Sessions closed because something was used up, by what.",
            stats.over_budget[i],
            {{"what", ToString(static_cast<Budget>(i))}}
        );
    }
    out.Write(
        "socketio_probes_refused",
        "WebSockets closed that were to take a session over and did not.",
        stats.probes_refused
    );
}

}  // namespace

void Describe(MetricWriter& out, const EngineStats& stats) {
    out.Write("socketio_sessions", "Engine.IO sessions open now.", stats.sessions);
    constexpr std::string_view kHandshakes = "Engine.IO handshakes that opened a session.";
    out.Write(
        "socketio_handshakes", kHandshakes, stats.handshakes_polling, {{"transport", "polling"}}
    );
    out.Write(
        "socketio_handshakes", kHandshakes, stats.handshakes_websocket, {{"transport", "websocket"}}
    );
    out.Write("socketio_upgrades", "Sessions that went from polling to WebSocket.", stats.upgrades);
    out.Write("socketio_packets_in", "Engine.IO packets received.", stats.packets_in);
    out.Write("socketio_frames_sent", "Frames handed to a transport whole.", stats.packets_out);
    out.Write("socketio_bytes_in", "Bytes of received messages.", stats.bytes_in);
    out.Write("socketio_bytes_out", "Bytes handed to the kernel or to responses.", stats.bytes_out);
    out.Write("socketio_writes", "Gathered writes and polling responses.", stats.writes);
    out.Write(
        "socketio_frames_compressed",
        "Frames compressed, each once for all its receivers.",
        stats.deflated
    );
    constexpr std::string_view kCompressed = "Bytes of those frames before and after.";
    out.Write(
        "socketio_compression_bytes", kCompressed, stats.deflate_bytes_in, {{"side", "before"}}
    );
    out.Write(
        "socketio_compression_bytes", kCompressed, stats.deflate_bytes_out, {{"side", "after"}}
    );
    out.Write(
        "socketio_frames_conflated",
        "Unsent frames replaced by a newer one of their key.",
        stats.frames_conflated
    );
    out.Write(
        "socketio_frames_dropped",
        "Frames that were queued when their session was closed.",
        stats.frames_dropped
    );
    out.Write(
        "socketio_outbound_bytes",
        "Memory of what waits to be sent, shared frames counted once.",
        stats.outbound_bytes
    );
    out.Write(
        "socketio_outbox_bytes_peak",
        "The most bytes that ever waited for one session.",
        stats.outbox_bytes_peak
    );
    DescribeRefusals(out, stats);
}

}  // namespace flux::socketio
