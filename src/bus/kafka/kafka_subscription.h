// The subscriber's handle of a subscription on Kafka.
#pragma once

#include "bus/event_bus.h"
#include "bus/kafka/kafka_consumer.h"
#include "bus/kafka/kafka_feed.h"

#include <memory>

namespace flux::bus {

class KafkaSubscription final : public Subscription {
public:
    KafkaSubscription(std::shared_ptr<KafkaConsumer> consumer, std::shared_ptr<KafkaFeed> feed);
    KafkaSubscription(const KafkaSubscription&) = delete;
    KafkaSubscription& operator=(const KafkaSubscription&) = delete;
    ~KafkaSubscription() override;

    Task<> Close() override;

private:
    const std::shared_ptr<KafkaConsumer> consumer_;
    const std::shared_ptr<KafkaFeed> feed_;
    std::shared_ptr<bool> closed_ = std::make_shared<bool>(false);
};

}  // namespace flux::bus
