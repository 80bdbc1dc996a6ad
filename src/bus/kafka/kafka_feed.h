// What a subscription draws its records from.
#pragma once

#include "bus/kafka/kafka_consumer.h"

#include <functional>
#include <memory>

namespace flux::bus {

/// Brings partitions to a consumer and takes them away again. Thread: the subscriber's shard.
class KafkaFeed : public KafkaSource {
public:
    /// Once.
    virtual void Start(const std::shared_ptr<KafkaConsumer>& consumer) = 0;

    /// No new batch from now on. `ended` is called on the shard when the running batches have ended
    /// and what they handled is committed.
    virtual void Finish(std::function<void()> ended) = 0;

    /// No new batch, and no commit of a running one: its records are another member's at once.
    virtual void Abandon() = 0;
};

}  // namespace flux::bus
