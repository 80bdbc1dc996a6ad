// What can be set about a Socket.IO (or plain Engine.IO) server.
#pragma once

#include "base/clock.h"
#include "limits/limits.h"
#include "socketio/compression.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flux::socketio {

/// Which clients are offered to go on where they were after their connection was lost.
enum class RecoveryOffer : std::uint8_t {
    kOff,
    kOptIn,   ///< those whose auth payload holds `recover: true`
    kAlways,  ///< all; their handlers see the offset as one more argument
};

struct SocketIoOptions {
    std::string path = "/socket.io/";
    char gateway_id = 'a';  ///< first character of every session id, one of [a-z0-9]
    Milliseconds ping_interval{25'000};
    Milliseconds ping_timeout{20'000};
    Milliseconds connect_timeout{45'000};  ///< from the session's open to its first CONNECT
    std::size_t payload_bytes_max = limits::kPayloadBytesMax;
    std::size_t outbox_bytes_soft = limits::kOutboxBytesSoft;
    std::size_t outbox_bytes_hard = limits::kOutboxBytesHard;
    Milliseconds slow_time_max{
        10'000};  ///< a session over the soft bound for so long is closed as slow
    std::vector<std::string> origins;  ///< allowed beside the same origin; {"*"}: any
    bool polling = true;

    /// Agree to permessage-deflate where a WebSocket offers it. A message is compressed once for
    /// all its receivers; no connection keeps any memory for it.
    Compression compression = Compression::kShared;
    std::size_t compression_bytes_min = limits::kCompressionBytesMin;  ///< shorter ones stay as is

    Milliseconds upgrade_time_max{10'000};  ///< from a probing WebSocket's 101 to its `5`
    Milliseconds message_time_max{20'000};  ///< from a WebSocket message's first byte to its last
    Milliseconds close_time_max{5'000};     ///< for the peer's answer to a close frame

    /// Headers of the first request that are kept for Socket::HandshakeHeader, in lower case. Every
    /// session stores those it sent, together at most limits::kHandshakeHeaderBytesMax.
    std::vector<std::string> handshake_headers = {"origin"};

    std::size_t sessions_max = 100'000;  ///< in the whole process; more are answered 503
    /// Of one client address (IPv6: its /64), loopback too; more are answered 503.
    std::uint32_t sessions_per_address_max = 4'096;

    /// Memory of all outboxes of the process, shared frames counted once per shard. Above it a
    /// session that does not read is closed as slow at once.
    std::size_t outbound_bytes_max = 48 * MiB;

    /// Memory of binary packets whose attachments are still coming, in the whole process. Above it
    /// the session that sends them is closed (4003).
    std::size_t reassembly_bytes_max = 32 * MiB;
    std::size_t reassembly_bytes_per_address_max = 12 * MiB;  ///< of them, of one client address
    Milliseconds reassembly_time_max{20'000};  ///< from a binary packet's text to its last byte

    // Budgets per client address, over all shards. 0: none.
    std::uint32_t handshakes_per_second = 100;
    std::uint32_t handshakes_burst = 500;
    std::uint32_t messages_per_second = 500;
    std::uint32_t messages_burst = 2'500;
    /// Bytes of their messages, as they are when they have been decompressed.
    std::size_t bytes_per_second = 8 * MiB;
    std::size_t bytes_burst = 32 * MiB;  ///< at least payload_bytes_max

    // Budgets of all client addresses together, over all shards. 0: none.
    std::uint32_t total_handshakes_per_second = 5'000;
    std::uint32_t total_handshakes_burst = 20'000;
    std::uint32_t total_messages_per_second = 0;
    std::uint32_t total_messages_burst = 100'000;
    std::size_t total_bytes_per_second = 0;
    std::size_t total_bytes_burst = 256 * MiB;  ///< at least payload_bytes_max

    RecoveryOffer recovery = RecoveryOffer::kOptIn;
    Milliseconds recovery_window{120'000};  ///< how long a session is kept without a connection
    /// What a client's system has acknowledged so long ago its program has read, too. Later
    /// snapshots are sent again to one that comes back.
    Milliseconds recovery_read_time{2'000};
    std::size_t recovery_sessions_max = 100'000;  ///< kept in the whole process
    std::uint32_t recovery_sessions_per_address_max = 4'096;
    std::size_t recovery_bytes_max = 64 * MiB;              ///< of kept sessions
    std::size_t recovery_bytes_per_address_max = 16 * MiB;  ///< of them, of one client address

    bool limit_loopback = false;  ///< all these budgets hold for loopback addresses too
};

}  // namespace flux::socketio
