// One topic of the embedded bus.
#pragma once

#include "base/counter.h"
#include "bus/durable_log.h"
#include "bus/event_bus.h"
#include "bus/partition_log.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flux::bus {

struct TopicStats {
    SharedCounter published;    ///< records offered; those not acknowledged were refused or failed
    SharedCounter missed;       ///< records that were gone before a reader came to them
    SharedCounter redelivered;  ///< records handed again because their handler failed
};

/// The partitions of a topic and which record goes where. Lives as long as the bus. Thread: any
/// shard.
class Topic {
public:
    /// A topic in memory, whose first record gets `first` (see EmbeddedBus on offsets).
    Topic(TopicName name, TopicOptions options, Offset first);

    /// A durable topic.
    Topic(
        TopicName name,
        TopicOptions options,
        std::shared_ptr<DurableLog> log,
        std::vector<DurablePartition> partitions
    );

    const TopicName& name() const { return name_; }
    const TopicOptions& options() const { return options_; }
    std::int32_t partition_count() const { return options_.partitions; }

    /// Keyed records go where Kafka's default partitioner puts them; the others take turns.
    Partition PartitionFor(const std::optional<std::string>& key);

    /// Appends `record`, whose topic, partition and timestamp are set. Errors: see
    /// EventBus::Publish.
    Task<Result<Offset>> Append(Message record);

    /// What a reader gets next.
    struct Batch {
        std::vector<Message> records;  ///< of one partition, in order; none at the end
        Offset from;              ///< where they begin; the offset asked for unless some are gone
        std::int64_t missed = 0;  ///< records between the offset asked for and `from`
    };
    /// Up to `records_max` records from `from` on, or from the oldest kept when that is gone.
    Task<Result<Batch>> Read(Partition partition, Offset from, std::size_t records_max);

    /// The newest records of a partition in memory, with its watermarks and waiting readers.
    PartitionLog& partition(Partition number) const;

    /// Null for a topic in memory.
    DurableLog* durable() const { return log_.get(); }
    PartitionId stored_id(Partition number) const;

    TopicStats& stats() { return stats_; }

private:
    const TopicName name_;
    const TopicOptions options_;
    const std::shared_ptr<DurableLog> log_;
    std::vector<DurablePartition> partitions_;
    std::atomic<std::uint32_t> next_unkeyed_{0};
    TopicStats stats_;
};

}  // namespace flux::bus
