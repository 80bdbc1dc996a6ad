#include "bus/embedded_subscription.h"

#include "base/assert.h"
#include "runtime/task_group.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace flux::bus {

Consumer::Consumer(Shard& shard, std::shared_ptr<SharedGroup> group, BatchHandler handler)
    : shard_(shard),
      group_(std::move(group)),
      handler_(std::move(handler)),
      ended_(shard.io()) {
    ended_.expires_at(SteadyTime::max());
}

Consumer::~Consumer() {
    LeaveGroup();
}

std::shared_ptr<Consumer> Consumer::Start(
    Shard& shard,
    const std::shared_ptr<Topic>& topic,
    const std::shared_ptr<SharedGroup>& group,
    StartAt start,
    BatchHandler handler,
    ReaderOptions options
) {
    std::shared_ptr<Consumer> consumer(new Consumer(shard, group, std::move(handler)));
    std::vector<std::shared_ptr<ShardSignal>> signals;
    for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
        const Partition number(i);
        const auto [oldest, next] = topic->partition(number).Watermarks();
        consumer->readers_.push_back(std::make_unique<PartitionReader>(
            shard,
            topic,
            number,
            consumer->handler_,
            options,
            start == StartAt::kEnd ? next : oldest
        ));
        signals.push_back(consumer->readers_.back()->signal());
    }
    if (group) consumer->member_ = group->Join(std::move(signals));
    for (const auto& reader : consumer->readers_) {
        if (group) reader->JoinGroup(group, consumer->member_);
        consumer->Spawn(*reader);
    }
    return consumer;
}

void Consumer::Spawn(PartitionReader& reader) {
    ++running_;
    auto ended = [self = shared_from_this()](const std::exception_ptr& failure) {
        self->OnReaderEnded(failure);
    };
    boost::asio::co_spawn(
        shard_.io(),
        reader.Run(),
        boost::asio::bind_cancellation_slot(reader.slot(), std::move(ended))
    );
}

void Consumer::OnReaderEnded(const std::exception_ptr& failure) {
    ReportTaskFailure("bus.reader", failure);
    if (--running_ > 0) return;
    LeaveGroup();
    ended_.cancel();
}

void Consumer::LeaveGroup() {
    if (const auto member = std::exchange(member_, 0); member != 0) group_->Leave(member);
}

void Consumer::StopReaders() {
    if (std::exchange(stopping_, true)) return;
    for (const auto& reader : readers_)
        reader->Stop();
}

void Consumer::Abandon() {
    LeaveGroup();
    StopReaders();
}

Task<> Consumer::Finish() {
    FLUX_ASSERT(Shard::Current() == &shard_);
    if (member_ != 0) group_->Retire(member_);
    StopReaders();
    const auto caller = (co_await boost::asio::this_coro::cancellation_state).slot();
    for (const auto& reader : readers_) {
        if (reader->RunsIn(caller)) co_return;
    }
    while (running_ > 0) {
        boost::system::error_code ignored;
        co_await ended_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored)
        );
    }
}

Task<> EmbeddedSubscription::Close() {
    // The handle may be destroyed while this waits.
    const std::shared_ptr<Consumer> consumer = consumer_;
    co_await consumer->Finish();
}

}  // namespace flux::bus
