#include "bus/shard_signal.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace flux::bus {

ShardSignal::ShardSignal(Shard& shard)
    : shard_(shard),
      timer_(shard.io()) {}

void ShardSignal::Raise() {
    if (under_way_.exchange(true, std::memory_order_acq_rel)) return;
    shard_.PostReserved([self = shared_from_this()] { self->Arrive(); });
}

void ShardSignal::Arrive() {
    // Lowered first: whatever is raised from here on sends a letter of its own.
    under_way_.store(false, std::memory_order_release);
    raised_ = true;
    timer_.cancel();
}

Task<> ShardSignal::Wait() {
    while (!raised_) {
        timer_.expires_at(SteadyTime::max());
        boost::system::error_code ignored;
        co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored)
        );
    }
    raised_ = false;
}

Task<> ShardSignal::WaitAtMost(Milliseconds longest) {
    if (!raised_) {
        timer_.expires_after(longest);
        boost::system::error_code ignored;
        co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored)
        );
    }
    raised_ = false;
}

}  // namespace flux::bus
