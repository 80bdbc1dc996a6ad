// The bounds of Flux that are not settings, in one place, with the relations between them checked
// by the compiler; and those defaults of settings that stand in such a relation, named as defaults.
//
// Elsewhere stand: the log's queue (8,192 lines, the oldest go first; base/log.cc may include
// nothing from here), and what the layering test lists with its reason: sizes that a standard
// fixes, and what one input may hold, which is refused or cut where it is read.
#pragma once

#include "base/units.h"

#include <cstddef>
#include <cstdint>

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
inline constexpr std::size_t kReaderBytesMin =
    64 * KiB;  ///< of an answer, that a reader must take within http.body_timeout to be given more
inline constexpr std::size_t kInboundStepBytes =
    16 * KiB;  ///< unfinished input of a connection is counted in such steps
inline constexpr std::size_t kInboundFreeBytes =
    4 * KiB;  ///< unfinished input of a connection that is not counted
inline constexpr std::size_t kTlsHandshakeBytes =
    144 * KiB;  ///< counted as unfinished input for a TLS handshake: what a client can make it cost
inline constexpr std::size_t kTlsHeldBytesMax =
    64 * KiB;  ///< encrypted bytes a socket had no room for; a peer that causes more is cut off
inline constexpr std::size_t kDeflateScratchBytesKept =
    256 * KiB;  ///< of a shard's room for a compressed and for a decompressed message
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
inline constexpr std::size_t kRoomNameBytesMax =
    512;  ///< the name of a room; a city of 100 characters of any script fits
inline constexpr std::size_t kRoomsPerSocketMax = 64;   ///< rooms one socket may be in
inline constexpr std::size_t kNamespaceBytesMax = 256;  ///< the name of a namespace
inline constexpr std::size_t kNamespacesPerSessionMax =
    64;  ///< namespaces one session may be in; one more closes it
inline constexpr std::size_t kAcksPendingMax =
    1024;  ///< acknowledgements one socket may owe; further emits that ask for one fail
inline constexpr std::size_t kCompressionReceiversMin =
    8;  ///< sessions of a shard that make a message worth compressing with socketio.compression =
        ///< shared
inline constexpr std::size_t kCompressionBytesMax =
    256 * KiB;  ///< longer messages are not compressed: other shards may wait for it meanwhile
inline constexpr std::size_t kCompressionBytesMin =
    1 * KiB;  ///< default of socketio.compression_min: shorter messages stay as they are
inline constexpr std::size_t kHandshakeHeaderBytesMax =
    1 * KiB;  ///< of the handshake's headers, kept per session
inline constexpr std::size_t kCorsHeaderBytesMax =
    256;  ///< of a preflight's Access-Control-Request-Headers that is sent back
inline constexpr std::size_t kKeptSessionBytesMax =
    32 * KiB;  ///< of a session without a connection; a larger one is not kept
inline constexpr std::size_t kRecoveryOffsetBytesMax =
    256;  ///< of a private id or an offset that a client sends; a longer one names nothing
inline constexpr std::size_t kReplayPartitionsMax =
    16;  ///< partitions of replay routes whose positions an offset holds; with more, offsets are
         ///< good at the gateway that made them only
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
inline constexpr std::size_t kRecordHeadersMax = 64;    ///< headers of one record
inline constexpr std::size_t kTopicNameBytesMax = 249;  ///< the name of a topic (Kafka's rule)
inline constexpr std::int32_t kPartitionsMax =
    1'024;  ///< of one topic; each has its own reader in every subscription
inline constexpr std::size_t kBatchBytesMax =
    4 * MiB;  ///< a batch ends at this size even when more records were asked for
inline constexpr std::size_t kDurableQueueRecordsMax =
    64 * 1024;  ///< durable records that wait for the disk; more are refused to their publisher
inline constexpr std::size_t kDurableQueueBytesMax = 64 * MiB;  ///< of those records together
inline constexpr std::size_t kDurableTailBytesMax =
    4 * MiB;  ///< newest durable records of a partition that are kept in memory
inline constexpr std::size_t kLogTasksWaitingMax =
    128;  ///< topics being made and groups being forgotten; more are refused
inline constexpr std::size_t kLogReadsWaitingMax =
    1'024;  ///< reads of old records that wait for the disk; more are refused and come again
inline constexpr std::int64_t kTrimRecordsMax =
    2'000;  ///< deleted from a partition in one commit, so that no commit waits long for it
inline constexpr std::size_t kRecordsShownMax =
    500;  ///< records in one answer of the admin listener to a look at a partition
inline constexpr std::size_t kRecordBytesShownMax =
    1 * MiB;  ///< after so many bytes such an answer ends; one record always fits
inline constexpr std::size_t kKafkaQueueRecordsMax =
    100'000;  ///< records that wait for Kafka's acknowledgement; more are refused to their
              ///< publisher
inline constexpr std::size_t kKafkaQuestionsMax =
    1'024;  ///< questions to Kafka that wait for their lane; more are refused
inline constexpr std::size_t kKafkaQueueBytesMax = 64 * MiB;  ///< of those records together
inline constexpr std::size_t kKafkaPrefetchBytesMax =
    4 * MiB;  ///< fetched ahead of its reader, per partition of Kafka that is read
inline constexpr std::size_t kKafkaMessageBytesMax =
    1 * MiB;  ///< a record as it goes to Kafka, with what the protocol adds
static_assert(kRecordBytesMax < kKafkaMessageBytesMax, "the largest record fits");
static_assert(kRecordBytesMax <= kBatchBytesMax, "one record always fits a batch");
static_assert(kRecordBytesMax <= kDurableQueueBytesMax, "one record always fits an empty queue");

// --- valkey and cache ---
inline constexpr std::size_t kCacheValueBytesMax =
    kRecordBytesMax;  ///< a value in the cache; a larger one is neither written nor read
inline constexpr std::size_t kCacheKeyBytesMax = 512;  ///< the key of such a value
inline constexpr std::size_t kValkeyReplyBytesMax =
    2 * MiB;  ///< one answer of Valkey; a connection that sends a larger one is given up
inline constexpr std::size_t kValkeyQueueBytesMax =
    8 * MiB;  ///< default of valkey.queue_bytes_max: commands of a shard that are not answered yet
inline constexpr std::size_t kCacheMemoryBytesMax =
    32 * MiB;  ///< default of cache.memory_bytes_max: the cache of a process without Valkey
inline constexpr std::size_t kCacheQuestionsMax =
    4'096;  ///< rooms a shard asks the cache about at a time; who joins more goes without
inline constexpr std::size_t kCacheWritesWaitingMax =
    4'096;  ///< keys whose newest value waits to be written to the cache; one more writes them all
inline constexpr std::size_t kCacheWriteBytesWaitingMax =
    4 * MiB;  ///< of those values together; one more writes them all
static_assert(kCacheValueBytesMax < kValkeyReplyBytesMax, "the largest value fits one answer");
static_assert(kCacheWriteBytesWaitingMax + kRecordBytesMax < kValkeyQueueBytesMax);

// --- gateway ---
inline constexpr std::size_t kWaitersMax =
    16'384;  ///< clients of a shard that wait for weather, and as many for answers to requests;
             ///< one more is told to try again
inline constexpr std::size_t kDeskWishesMax =
    4'096;  ///< wishes for weather a shard holds while its letter is under way; one more is refused
inline constexpr std::size_t kWeatherRoomsMax =
    32'768;  ///< rooms of cities the gateway keeps track of; no commands are sent for further ones
inline constexpr std::size_t kDedupUsersMax =
    65'536;  ///< users whose last location is remembered for gateway.dedup_window; of further ones
             ///< none is
inline constexpr std::size_t kCommandsWaitingMax =
    1'024;  ///< commands the event bus has not acknowledged; one more is refused

// --- simulator ---
inline constexpr std::size_t kSimulatorQueueBytesMax =
    1 * MiB;  ///< unread bytes of one client of the simulated exchange; above it it is closed
inline constexpr std::size_t kSimulatorAddressesMax =
    1'024;  ///< addresses whose requests the simulated exchange counts
inline constexpr std::size_t kSimulatorCallsMax =
    100'000;  ///< calls within a window of a simulated source whose times are kept; the oldest go
inline constexpr std::size_t kSimulatorAccountsMax =
    256;  ///< keys and addresses per simulated source whose calls are counted; the quietest goes
inline constexpr std::size_t kRecordedBodyBytesMax =
    64 * MiB;  ///< recorded answers of all sources, which are kept in memory; more are refused
inline constexpr std::size_t kRecordingBarsMax =
    2'000'000;  ///< of a recorded market, which is kept in memory; a longer one is refused

// --- weather ---
inline constexpr std::size_t kWeatherCitiesMax =
    8'192;  ///< cities whose weather is kept in memory; the one written longest ago goes
inline constexpr std::size_t kWeatherPlacesMax =
    32'768;  ///< names of cities whose place is kept in memory, the same way
inline constexpr std::size_t kWeatherAsksMax =
    4'096;  ///< cities that wait for an answer of the source; one more is told `limit`
inline constexpr std::size_t kWeatherAskersMax =
    256;  ///< spellings of one such city, and who is told of an unknown one; more are not answered
inline constexpr std::size_t kWeatherChainsMax =
    32;  ///< cities asked for at the same time; the others wait their turn
inline constexpr std::size_t kWeatherOwedMax =
    256;  ///< cities that are asked for again once the source is back

}  // namespace flux::limits
