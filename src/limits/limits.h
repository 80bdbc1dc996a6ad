// Every bound of Flux that is not a setting, in one place, with the relations between them checked
// by the compiler.
#pragma once

#include "base/units.h"

#include <cstddef>

namespace flux::limits {

// --- runtime ---
inline constexpr std::size_t kHandlersPerTurnMax =
    512;  ///< handlers a shard runs before its turn ends and what it wrote is flushed
inline constexpr std::size_t kShardsMax = 64;  ///< event loops, each with a thread
inline constexpr std::size_t kMailboxLettersMax =
    16 * 1024;  ///< letters that wait for one shard; more are refused to their sender
inline constexpr std::size_t kBroadcastRingEntries =
    8 * 1024;  ///< broadcasts that a shard may be behind before it misses the oldest
inline constexpr std::size_t kBroadcastRingBytesMax =
    32 * MiB;  ///< of those broadcasts together, frames included; the oldest go first

// --- config ---
inline constexpr std::size_t kConfigBytesMax = 1 * MiB;   ///< a configuration file
inline constexpr std::size_t kSecretBytesMax = 64 * KiB;  ///< a file that holds a secret

// --- net: HTTP and WebSocket ---
inline constexpr std::size_t kHttpHeadBytesMax =
    16 * KiB;  ///< default of http.head_bytes_max: request line and headers
inline constexpr std::size_t kHttpHeaderLinesMax = 100;  ///< default of http.head_lines_max
inline constexpr std::size_t kHttpMethodBytesMax = 32;   ///< the name of a method
inline constexpr std::size_t kChunkExtraBytesMax =
    4 * KiB;  ///< chunk extensions and trailers of one body, which are read past
inline constexpr std::size_t kRequestsPerTurnMax =
    32;  ///< pipelined requests of one connection before others have their turn
inline constexpr std::size_t kUrlBytesMax = 2048;  ///< an address that a client is given
inline constexpr std::size_t kAcceptsPerTurnMax =
    64;  ///< connections accepted per listener before the others have their turn
inline constexpr std::size_t kPollEventsPerTurnMax = 512;  ///< sockets looked at in one turn
inline constexpr std::size_t kLingeringMax =
    1024;  ///< closed sockets per shard that wait for their peer; more are closed at once
inline constexpr std::size_t kLingerBytesMax =
    4 * MiB;  ///< what a peer may still send to a closed socket before it is cut off
inline constexpr std::size_t kStaticFilesBytesMax =
    64 * MiB;  ///< files of the served page together; they are kept in memory
inline constexpr std::size_t kReadBufferBytes =
    64 * KiB;  ///< one per shard, shared by all its connections
inline constexpr std::size_t kGatherFramesMax = 64;  ///< frames handed to one sendmsg
static_assert(
    kHttpHeadBytesMax <= kReadBufferBytes, "a whole request head must fit the shard's read buffer"
);

// --- socketio ---
inline constexpr std::size_t kPayloadBytesMax =
    1'000'000;  ///< Engine.IO maxPayload, of a message or polling body
inline constexpr std::size_t kPollingPacketsMax =
    16;  ///< packets in one polling response (python-socketio)
inline constexpr std::size_t kAttachmentsMax = 10;  ///< binary attachments of one Socket.IO packet
inline constexpr std::size_t kAckIdDigitsMax =
    15;  ///< an ack id stays exact in a JavaScript number
inline constexpr std::size_t kOutboxBytesSoft =
    256 * KiB;  ///< default of socketio.outbox_bytes_soft: unread bytes of a slow session
inline constexpr std::size_t kOutboxBytesHard =
    1 * MiB;  ///< default of socketio.outbox_bytes_hard: unread bytes that close it
inline constexpr std::size_t kOutboundBytesPerShardMin =
    4 * MiB;  ///< a shard's share of socketio.outbound_bytes_max, however many shards there are
inline constexpr std::size_t kRoomNameBytesMax = 256;  ///< the name of a room
inline constexpr std::size_t kRoomsPerSocketMax = 64;  ///< rooms one socket may be in
inline constexpr std::size_t kNamespacesPerSessionMax =
    64;  ///< namespaces one session may be in; one more closes it
inline constexpr std::size_t kAcksPendingMax =
    1024;  ///< acknowledgements one socket may owe; further emits that ask for one fail
inline constexpr std::size_t kHandshakeHeaderBytesMax =
    1 * KiB;  ///< of the handshake's headers, kept per session
inline constexpr std::size_t kCorsHeaderBytesMax =
    256;  ///< of a preflight's Access-Control-Request-Headers that is sent back
inline constexpr std::size_t kOutboxChunksKept =
    4096;  ///< empty chunks of a shard's outboxes kept for the next burst
inline constexpr std::size_t kEchoMessageBytesMax =
    64 * MiB;  ///< a message to the plain WebSocket echo of `flux socketio-echo`
static_assert(kOutboxBytesSoft < kOutboxBytesHard);
static_assert(
    kPayloadBytesMax < kOutboxBytesHard, "one message of the largest size must fit an empty outbox"
);

// --- json ---
inline constexpr std::size_t kJsonDepthMax =
    64;  ///< arrays and objects inside each other; deeper text is refused, so no stack can run out

// --- bus ---
inline constexpr std::size_t kRecordBytesMax =
    1'000'000;  ///< key + payload + headers (Kafka's message.max.bytes class)
inline constexpr std::size_t kRecordHeadersMax = 64;  ///< headers of one record

}  // namespace flux::limits
