// The event backbone: opaque records on named topics. Written from Kafka's rules; the embedded log
// keeps the same.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/shared_bytes.h"
#include "base/strong_id.h"
#include "bus/topic_name.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::bus {

using Partition = StrongId<struct PartitionTag, std::int32_t>;
using Offset = StrongId<struct OffsetTag, std::int64_t>;

/// A place in one log, with the identity of the log it belongs to: the embedded log's uuid, or
/// Kafka's cluster id. A position of another identity, or past the end, is an error with a remedy,
/// never a silent skip.
struct Position {
    std::string log_identity;
    Partition partition;
    Offset offset;
};

struct Header {
    std::string name;
    std::string value;
};

/// A record on its way in. `key` absent: any partition. Records of one key keep their order.
struct Outgoing {
    TopicName topic;
    std::optional<std::string> key;
    SharedBytes payload;
    std::vector<Header> headers;
};

/// A record on its way out.
struct Message {
    TopicName topic;
    Partition partition;
    Offset offset;
    std::optional<std::string> key;
    SharedBytes payload;
    std::vector<Header> headers;
    WallMillis timestamp = 0;
};

/// Where a reader with no position of its own begins.
enum class StartAt : std::uint8_t { kEnd, kBeginning };

/// Who shares the work.
class Group {
public:
    /// Every subscription reads every partition, from `start`; nothing is committed.
    static Group EveryInstance(StartAt start = StartAt::kEnd) { return Group({}, start); }

    /// Subscriptions of one name share the partitions: each record is handled by one of them, at
    /// least once. The group resumes behind its last commit; a group with none begins at `start`.
    static Group Shared(std::string name, StartAt start = StartAt::kBeginning) {
        return Group(std::move(name), start);
    }

    bool shared() const { return !name_.empty(); }
    const std::string& name() const { return name_; }
    StartAt start() const { return start_; }

private:
    Group(std::string name, StartAt start)
        : name_(std::move(name)),
          start_(start) {}
    std::string name_;
    StartAt start_;
};

/// Handles one batch (records of one partition, in order, at least one), which lives as long as the
/// task. Success commits it for a shared group; a failure, or a crash before it returns, brings the
/// batch again (after a back-off), so handlers are idempotent.
using BatchHandler = std::function<Task<Result<void>>(const std::vector<Message>& batch)>;

/// Whether a record is wanted, told by its raw key alone. Thread: the subscriber's shard.
using KeyFilter = std::function<bool(std::optional<std::string_view> key)>;

/// Hears that records of a partition were gone before they were read. Nothing of the partition is
/// being handled meanwhile; what is handed over next stands at `from` or behind it. Records that
/// never were there (compaction, transactions) are no loss. Thread: the subscriber's shard.
using LossHandler = std::function<void(Partition partition, Offset from)>;

/// Keeps a handler subscribed. Destroying it (on its shard) takes no new batch; a batch in progress
/// ends first when Close was awaited. Without Close it may still end afterwards, so what the
/// handler uses must live that long, and a shared group hands the batch to another member. Both may
/// be done inside the handler.
class Subscription {
public:
    virtual ~Subscription() = default;

    /// No new batch; returns when the running one has ended and its commit is stored. Inside the
    /// handler it does not wait for the batch that is calling.
    virtual Task<> Close() = 0;
};

struct SubscribeOptions {
    TopicName topic;
    Group group = Group::EveryInstance();
    std::size_t batch_records_max = 500;
    /// What it refuses is passed over before anybody looks at the payload; empty: all is wanted. A
    /// bus may hand over refused records all the same, so this saves work and decides nothing.
    KeyFilter wants;
    /// Of a group that is not shared; empty: nobody asks. Not called after Close.
    LossHandler lost;
};

/// What a topic is, where the bus may create it.
struct TopicOptions {
    std::int32_t partitions = 1;
    bool durable = false;  ///< embedded: kept in SQLite, fsync before the acknowledgement
    /// Embedded: kept per partition, in memory or (durable, at least) on disk. A durable topic
    /// keeps what a shared group has not handled, whatever its size and age.
    std::size_t retention_bytes = 16 * 1024 * 1024;
    std::chrono::hours retention_time{24};
};

/// Carries opaque bytes between services. Implementations: EmbeddedBus, KafkaBus.
class EventBus {
public:
    virtual ~EventBus() = default;

    /// Makes sure a topic exists. An existing one keeps its options; a difference is an error that
    /// names it (on Kafka only fewer partitions are: more do no harm).
    virtual Task<Result<void>> EnsureTopic(TopicName topic, TopicOptions options) = 0;

    /// Appends one record and returns where it stands, once it is as safe as its topic promises
    /// (durable: on disk). Errors: kNotFound (no such topic), kTooLarge (nothing stored), kFull
    /// (queue full, nothing stored, retry later), kUnavailable, kUnknown (may or may not be
    /// stored), kClosed. Thread: any shard. Ownership: takes the message.
    virtual Task<Result<Position>> Publish(Outgoing message) = 0;

    /// Delivers batches to `handler` on the calling shard, one batch of a partition at a time,
    /// until the subscription is destroyed. Partitions are independent: a slow one delays no other.
    /// Once the task has returned, the places where reading begins are fixed: a reader from the end
    /// sees every record published later. Errors: kNotFound, kUnavailable (the bus could not be
    /// asked; nothing is subscribed).
    virtual Task<Result<std::unique_ptr<Subscription>>> Subscribe(
        SubscribeOptions options, BatchHandler handler
    ) = 0;

    /// The log's identity (see Position).
    virtual std::string identity() const = 0;

    /// Records between beginning and end of each partition: {first kept offset, next offset}.
    /// Errors: kNotFound.
    virtual Task<Result<std::vector<std::pair<Offset, Offset>>>> Watermarks(TopicName topic) = 0;

    /// Up to `records_max` records of one partition from `from` on, fewer when they are larger than
    /// a batch (limits::kBatchBytesMax); none at the end. Errors: kNotFound (no such topic or
    /// partition, or the record is no longer kept), kConflict (the position is of another log, or
    /// past the end), kUnavailable. Thread: any shard.
    virtual Task<Result<std::vector<Message>>> Read(
        TopicName topic, Position from, std::size_t records_max
    ) = 0;

    /// Where the first record stands that is not older than `time`; where the next one will stand
    /// when all are older. Errors: kNotFound, kUnavailable. Thread: any shard.
    virtual Task<Result<Offset>> OffsetAt(
        TopicName topic, Partition partition, WallMillis time
    ) = 0;
};

}  // namespace flux::bus
