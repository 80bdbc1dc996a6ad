// Why connections end, and the number each reason has on the wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flux::socketio {

/// Why a namespace connection ended. The names are those the reference server uses, and metrics
/// carry them.
enum class DisconnectReason : std::uint8_t {
    kTransportClose,  ///< the TCP connection went away
    kTransportError,  ///< the peer broke the protocol
    kPingTimeout,
    kClientDisconnect,  ///< the client left the namespace
    kServerDisconnect,  ///< Socket::Disconnect
    kSlow,              ///< 4000: its outbox passed the bound
    kDrain,             ///< 4001: the server shuts down
    kKicked,            ///< 4002
    kLimit,             ///< 4003: over a budget
};

inline constexpr std::size_t kDisconnectReasons = 9;

/// The stable name of a reason, for metrics and logs: "transport close", "ping timeout", ...
std::string_view ToString(DisconnectReason reason);

/// What a WebSocket close frame says.
struct CloseCode {
    std::uint16_t number = 1000;
    std::string_view text;
};

/// The close frame of a reason: 4000 to 4003 for Flux's own, RFC 6455's for the rest. A breach of
/// the WebSocket or Engine.IO grammar names its own code instead.
CloseCode CloseCodeOf(DisconnectReason reason);

/// A close the peer is to blame for: what it did against the protocol.
inline CloseCode ProtocolFault(std::string_view text) {
    return {1002, text};
}

}  // namespace flux::socketio
