// The event bus inside one process: no broker needed.
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "bus/durable_log.h"
#include "bus/event_bus.h"
#include "bus/group_registry.h"
#include "bus/topic.h"
#include "limits/limits.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

namespace flux::bus {

struct EmbeddedBusOptions {
    std::filesystem::path directory;  ///< made when missing; holds log.db
    std::size_t queue_records_max =
        limits::kDurableQueueRecordsMax;  ///< durable records waiting for the disk
    std::size_t queue_bytes_max = limits::kDurableQueueBytesMax;
    std::size_t durable_tail_bytes =
        limits::kDurableTailBytesMax;   ///< newest durable records kept in memory, per partition
    Milliseconds retry_first{50};       ///< pause before a failed batch comes again
    Milliseconds retry_longest{5'000};  ///< the pause doubles up to this
    std::string sqlite_vfs;             ///< SQLite file system; empty: the default
};

/// Topics in bounded memory, durable ones in SQLite.
///
/// In memory the oldest record is dropped when a partition is over its bytes or age; a reader that
/// was that far behind goes on at the oldest kept, and the loss is counted and logged. A durable
/// record is on disk before Publish returns, and stays until retention may take it and every shared
/// group has handled it. Shared groups of durable topics resume behind their last commit after a
/// restart or kill -9; groups on memory topics start anew with the process, as their records do.
///
/// Offsets of memory topics begin at (number of the run) * 2^40, so an offset of an earlier run is
/// never mistaken for one of this run.
///
/// Lifecycle: close subscriptions, then destroy the bus, then stop the shards' threads or after;
/// the shards themselves are destroyed last. Thread: made and destroyed on main.
class EmbeddedBus final : public EventBus {
public:
    /// Opens or makes `options.directory`/log.db. Errors: kConflict when it is in use (naming the
    /// owner), kCorrupt, kPermission, kUnavailable.
    static Result<std::unique_ptr<EmbeddedBus>> Open(
        EmbeddedBusOptions options, const Clock& clock, MetricRegistry& metrics
    );

    EmbeddedBus(const EmbeddedBus&) = delete;
    EmbeddedBus& operator=(const EmbeddedBus&) = delete;

    /// Stores what waits for the disk and closes the file.
    ~EmbeddedBus() override;

    Task<Result<void>> EnsureTopic(TopicName topic, TopicOptions options) override;
    Task<Result<Position>> Publish(Outgoing message) override;
    Task<Result<std::unique_ptr<Subscription>>> Subscribe(
        SubscribeOptions options, BatchHandler handler
    ) override;
    std::string identity() const override { return log_->contents().identity; }
    Task<Result<std::vector<std::pair<Offset, Offset>>>> Watermarks(TopicName topic) override;

    Task<Result<std::vector<Message>>> Read(TopicName topic, Position from, std::size_t records_max)
        override;
    Task<Result<Offset>> OffsetAt(TopicName topic, Partition partition, WallMillis time) override;

    /// Forgets how far a shared group has come, so that it holds nothing back from retention.
    /// Errors: kNotFound, kConflict (it has subscribers). Thread: any shard.
    Task<Result<void>> ForgetGroup(TopicName topic, std::string group);

private:
    EmbeddedBus(
        EmbeddedBusOptions options,
        const Clock& clock,
        MetricRegistry& metrics,
        std::shared_ptr<DurableLog> log
    );

    std::shared_ptr<Topic> Find(const TopicName& name) const;
    Result<std::shared_ptr<Topic>> FindOrError(const TopicName& name) const;
    std::shared_ptr<Topic> AddIfAbsent(std::shared_ptr<Topic> topic);
    void Describe(MetricWriter& out) const;

    const EmbeddedBusOptions options_;
    const Clock& clock_;
    const std::shared_ptr<DurableLog> log_;
    GroupRegistry groups_;
    mutable std::shared_mutex topics_mutex_;
    std::map<std::string, std::shared_ptr<Topic>, std::less<>> topics_;
    MetricRegistry::Registration
        registration_;  // last: nothing is read while the rest is destroyed
};

}  // namespace flux::bus
