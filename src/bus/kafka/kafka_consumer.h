// The half of a subscription that lives on the subscriber's shard.
#pragma once

#include "bus/event_bus.h"
#include "bus/kafka/kafka_partition_reader.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace flux::bus {

/// One reader per partition. The readers' coroutines keep it, so it may outlive the Subscription by
/// one batch. Thread: its shard's.
class KafkaConsumer : public std::enable_shared_from_this<KafkaConsumer> {
public:
    KafkaConsumer(
        Shard& shard,
        SubscribeOptions wanted,
        BatchHandler handler,
        std::shared_ptr<KafkaSource> source,
        const KafkaOptions& options,
        std::shared_ptr<KafkaConsumerStats> stats
    );
    KafkaConsumer(const KafkaConsumer&) = delete;
    KafkaConsumer& operator=(const KafkaConsumer&) = delete;

    /// Makes the queue of a partition, given what it must raise.
    using MakeQueue = std::function<std::unique_ptr<KafkaQueue>(std::shared_ptr<ShardSignal>)>;

    /// Begins to read a partition at `first`; nothing after RemoveAll.
    void Add(Partition partition, Offset first, const MakeQueue& make_queue);

    /// No new batch of these; `ended` is called once their running batches have ended, also those
    /// of readers that were removed before. Their queues are gone when Remove returns.
    void Remove(const std::vector<Partition>& partitions, std::function<void()> ended);

    /// These were removed, and are another's before their batches have ended: when they end, nobody
    /// is told how far they came.
    void Disown(const std::vector<Partition>& partitions);

    /// As Remove, of all, for good.
    void RemoveAll(std::function<void()> ended);

    /// Whether the handler of one of the readers is the one that is asking.
    bool RunsIn(const boost::asio::cancellation_slot& slot) const;

    Shard& shard() { return shard_; }

private:
    struct Reading {
        Partition partition;
        std::shared_ptr<KafkaPartitionReader> reader;
        bool stopped = false;
    };
    struct Farewell {
        std::size_t left = 0;
        std::function<void()> ended;
    };
    void OnEnded(std::uint64_t number, const std::exception_ptr& failure);
    void Part(const std::vector<std::uint64_t>& leaving, std::function<void()> ended);

    Shard& shard_;
    const SubscribeOptions wanted_;
    const BatchHandler handler_;
    const std::shared_ptr<KafkaSource> source_;
    const KafkaOptions options_;
    const std::shared_ptr<KafkaConsumerStats> stats_;
    // By a number of their own: a partition that comes back may meet its last batch.
    std::map<std::uint64_t, Reading> readings_;
    std::map<std::uint64_t, std::vector<std::shared_ptr<Farewell>>> farewells_;
    std::uint64_t next_number_ = 1;
    bool closed_ = false;
};

}  // namespace flux::bus
