// Hands the records of one partition of Kafka to a handler.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "bus/event_bus.h"
#include "bus/kafka/kafka_consumer_stats.h"
#include "bus/kafka/kafka_options.h"
#include "bus/kafka/kafka_queue.h"
#include "runtime/backoff.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <string>
#include <vector>

namespace flux::bus {

/// Where a partition's records come from. Thread: the reader's shard.
class KafkaSource {
public:
    virtual ~KafkaSource() = default;

    /// Everything before `next` has been handled.
    virtual void Handled(Partition partition, Offset next) = 0;

    /// The log does not have the record at `next`, so nothing comes any more; everything before it
    /// has been handled. The source decides where to go on, says so in the log, and begins anew
    /// there.
    virtual void OutOfRange(Partition partition, Offset next) = 0;
};

/// Takes what has arrived, batch after batch, until it is stopped: one batch at a time, a failed
/// one again after a pause and before what follows. Thread: its shard's.
class KafkaPartitionReader {
public:
    KafkaPartitionReader(
        Shard& shard,
        SubscribeOptions wanted,
        Partition partition,
        Offset first,
        const BatchHandler& handler,
        KafkaSource& source,
        const KafkaOptions& options,
        KafkaConsumerStats& stats
    );
    KafkaPartitionReader(const KafkaPartitionReader&) = delete;
    KafkaPartitionReader& operator=(const KafkaPartitionReader&) = delete;

    /// What the reader's queue must raise.
    const std::shared_ptr<ShardSignal>& signal() const { return signal_; }

    /// Before Run.
    void Attach(std::unique_ptr<KafkaQueue> queue) { queue_ = std::move(queue); }

    /// Returns once stopped, after the running batch.
    Task<> Run();

    /// Takes nothing any more, and lets go of the queue at once, whatever the handler does.
    void Stop();

    /// What its running batch handles is another reader's by now: it says no more how far it is.
    void Disown() { disowned_ = true; }

    boost::asio::cancellation_slot slot() { return cancel_.slot(); }

    /// Whether `slot` is that of the coroutine that runs Run (so its handler is asking).
    bool RunsIn(const boost::asio::cancellation_slot& slot) const;

private:
    bool Take();
    void TakeRecord(const rd_kafka_message_t& record);
    void TakeError(const rd_kafka_message_t& error);
    Task<> HandleBatch();
    Task<Result<void>> Handle();
    Task<> RetryLater();
    void ReportFailure(const Error& error);

    const SubscribeOptions wanted_;
    const Partition partition_;
    const BatchHandler& handler_;
    KafkaSource& source_;
    KafkaConsumerStats& stats_;
    const std::shared_ptr<ShardSignal> signal_;
    std::unique_ptr<KafkaQueue> queue_;
    Offset next_;  ///< behind the last record taken
    std::vector<Message> batch_;
    std::size_t batch_bytes_ = 0;
    boost::asio::cancellation_signal cancel_;
    boost::asio::cancellation_slot run_slot_;
    Random random_;
    Backoff backoff_;
    bool error_said_ = false;
    bool out_of_range_ = false;  ///< told to the source, once, when the batch has been handled
    bool disowned_ = false;
    bool stopping_ = false;
};

}  // namespace flux::bus
