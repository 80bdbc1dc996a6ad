// Every bound of Flux that is not a setting, in one place, with the relations between them checked
// by the compiler.
#pragma once

#include "base/units.h"

#include <cstddef>

namespace flux::limits {

// --- runtime ---
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

// --- net: HTTP (defaults of settings carry the same names in net/ and socketio/) ---
inline constexpr std::size_t kHttpHeadBytesMax = 16 * KiB;
inline constexpr std::size_t kHttpHeaderLinesMax = 100;
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
inline constexpr std::size_t kOutboxBytesSoft = 256 * KiB;
inline constexpr std::size_t kOutboxBytesHard = 1 * MiB;
inline constexpr std::size_t kRoomNameBytesMax = 256;
inline constexpr std::size_t kRoomsPerSocketMax = 64;
static_assert(kOutboxBytesSoft < kOutboxBytesHard);
static_assert(
    kPayloadBytesMax < kOutboxBytesHard, "one message of the largest size must fit an empty outbox"
);

// --- json ---
inline constexpr std::size_t kJsonDepthMax = 64;

// --- bus ---
inline constexpr std::size_t kRecordBytesMax =
    1'000'000;  ///< key + payload + headers (Kafka's message.max.bytes class)
inline constexpr std::size_t kRecordHeadersMax = 64;

}  // namespace flux::limits
