#include "bus/kafka/kafka_subscription.h"

#include "base/assert.h"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace flux::bus {

KafkaSubscription::KafkaSubscription(
    std::shared_ptr<KafkaConsumer> consumer, std::shared_ptr<KafkaFeed> feed
)
    : consumer_(std::move(consumer)),
      feed_(std::move(feed)) {
    feed_->Start(consumer_);
}

KafkaSubscription::~KafkaSubscription() {
    if (!*closed_) feed_->Abandon();
}

Task<> KafkaSubscription::Close() {
    FLUX_ASSERT(Shard::Current() == &consumer_->shard());
    // The handle may be destroyed while this waits.
    const std::shared_ptr<bool> closed = closed_;
    const auto caller = (co_await boost::asio::this_coro::cancellation_state).slot();
    const bool from_inside = consumer_->RunsIn(caller);
    const auto ended = std::make_shared<ShardSignal>(consumer_->shard());
    feed_->Finish([ended, closed] {
        *closed = true;
        ended->Raise();
    });
    if (from_inside) co_return;
    co_await ended->Wait();
}

}  // namespace flux::bus
