#include "feeds/upstream/status_publisher.h"

#include "base/log.h"
#include "contract/topics.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace flux::feeds {

StatusPublisher::StatusPublisher(
    Shard& shard, bus::EventBus& bus, std::string domain, bool simulated, Milliseconds interval
)
    : shard_(shard),
      bus_(bus),
      interval_(interval),
      next_(shard.io()),
      tasks_(shard) {
    status_.domain = std::move(domain);
    status_.simulated = simulated;
}

void StatusPublisher::Start() {
    tasks_.Spawn("status." + status_.domain, Run());
}

Task<> StatusPublisher::Stop() {
    stopping_ = true;
    co_await tasks_.Drain();
}

void StatusPublisher::Set(contract::ServiceStatus status) {
    status.domain = status_.domain;
    status.simulated = status_.simulated;
    status.at = status_.at;
    if (status == status_) return;
    status_ = std::move(status);
    changed_ = true;
    next_.cancel();
}

Task<> StatusPublisher::Run() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    while (!stopping_) {
        changed_ = false;
        Task<> publishing = Publish();
        co_await std::move(publishing);
        if (stopping_) co_return;
        if (changed_) continue;
        next_.expires_after(interval_);
        boost::system::error_code ignored;
        co_await next_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
}

Task<> StatusPublisher::Publish() {
    status_.at = shard_.clock().WallNow();
    bus::Outgoing record;
    record.topic = bus::TopicName(std::string(contract::kServiceStatus.name));
    record.key = status_.domain;
    record.payload = SharedBytes(contract::Encode(status_));
    const Result<bus::Position> stored = co_await bus_.Publish(std::move(record));
    if (stored) {
        bus_refuses_ = false;
        co_return;
    }
    if (std::exchange(bus_refuses_, true)) co_return;
    log::Warn(
        "status.not_published",
        "the bus did not take how a domain does; it comes with the next one",
        {{"domain", status_.domain}, {"error", ToString(stored.error())}}
    );
}

}  // namespace flux::feeds
