// The records of one partition that have arrived and wait for their reader.
#pragma once

#include "bus/kafka/kafka_ptr.h"
#include "bus/shard_signal.h"

#include <memory>

namespace flux::bus {

/// librdkafka fetches ahead into it, bounded by KafkaOptions::prefetch_bytes_max; not taking is all
/// the back pressure there is. Thread: one shard's; nothing here blocks.
class KafkaQueue {
public:
    /// `signal` is raised when something arrives in an empty queue.
    KafkaQueue(KafkaPtr<rd_kafka_queue_t> queue, std::shared_ptr<ShardSignal> signal);
    KafkaQueue(const KafkaQueue&) = delete;
    KafkaQueue& operator=(const KafkaQueue&) = delete;
    ~KafkaQueue();

    /// The next record or error; null when there is none now.
    KafkaPtr<rd_kafka_message_t> TryTake();

    const std::shared_ptr<ShardSignal>& signal() const { return signal_; }

private:
    const std::shared_ptr<ShardSignal> signal_;
    const KafkaPtr<rd_kafka_queue_t> queue_;
};

}  // namespace flux::bus
