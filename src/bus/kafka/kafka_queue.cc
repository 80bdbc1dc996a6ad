#include "bus/kafka/kafka_queue.h"

#include <utility>

namespace flux::bus {

KafkaQueue::KafkaQueue(KafkaPtr<rd_kafka_queue_t> queue, std::shared_ptr<ShardSignal> signal)
    : signal_(std::move(signal)),
      queue_(std::move(queue)) {
    rd_kafka_queue_cb_event_enable(
        queue_.get(),
        [](rd_kafka_t*, void* raised) { static_cast<ShardSignal*>(raised)->Raise(); },
        signal_.get()
    );
}

KafkaQueue::~KafkaQueue() {
    // Under the queue's lock, as the callback is called: none runs when this returns.
    rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
}

KafkaPtr<rd_kafka_message_t> KafkaQueue::TryTake() {
    return KafkaPtr<rd_kafka_message_t>(rd_kafka_consume_queue(queue_.get(), 0));
}

}  // namespace flux::bus
