#include "feeds/upstream/shared_schedule.h"

#include "base/log.h"
#include "base/units.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace flux::feeds {
namespace {

/// The others wait between one twentieth and one tenth of the interval longer.
constexpr int kChanceParts = 20;

}  // namespace

SharedSchedule::SharedSchedule(
    Shard& shard,
    bus::EventBus& bus,
    std::string event_topic,
    Milliseconds interval,
    Milliseconds lead,
    Random& random,
    std::function<Task<>()> run
)
    : shard_(shard),
      bus_(bus),
      topic_(std::move(event_topic)),
      interval_(interval),
      lead_(std::min(lead, interval * 3 / 4)),
      random_(random),
      run_(std::move(run)),
      due_(shard.clock().Now()),
      tasks_(shard) {}

Task<Result<void>> SharedSchedule::Start() {
    bus::SubscribeOptions options;
    options.topic = topic_;
    bus::BatchHandler handler = [this](const std::vector<bus::Message>& batch) {
        Heard(batch.back());
        return []() -> Task<Result<void>> { co_return Result<void>(); }();
    };
    auto subscribed = co_await bus_.Subscribe(std::move(options), std::move(handler));
    if (!subscribed) co_return subscribed.error();
    subscription_ = std::move(*subscribed);
    due_ = shard_.clock().Now();
    Task<> looking = LookBack();
    co_await std::move(looking);
    tasks_.Spawn("schedule." + topic_.value(), KeepTime());
    co_return Result<void>();
}

Task<> SharedSchedule::Stop() {
    stopping_ = true;
    co_await tasks_.Drain();
    if (subscription_) co_await subscription_->Close();
    subscription_.reset();
}

/// Looks at the newest record of each partition. Who cannot see it begins at once.
Task<> SharedSchedule::LookBack() {
    const auto marks = co_await bus_.Watermarks(topic_);
    if (!marks) co_return;
    WallMillis newest = 0;
    for (std::size_t i = 0; i < marks->size(); ++i) {
        const auto [first, next] = (*marks)[i];
        if (next.value() <= first.value()) continue;
        bus::Position last{
            bus_.identity(),
            bus::Partition(static_cast<std::int32_t>(i)),
            bus::Offset(next.value() - 1)};
        const auto records = co_await bus_.Read(topic_, std::move(last), 1);
        if (records && !records->empty()) newest = std::max(newest, records->back().timestamp);
    }
    const Milliseconds age(shard_.clock().WallNow() - newest);
    if (age < 0ms || age >= interval_) co_return;
    due_ = std::max(due_, shard_.clock().Now() + interval_ - age + Chance());
}

Task<> SharedSchedule::KeepTime() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    while (!stopping_) {
        const auto wait = std::chrono::ceil<Milliseconds>(due_ - shard_.clock().Now());
        if (wait > 0ms) {
            const bool slept = co_await SleepFor(wait);
            if (!slept) co_return;
            continue;  // others may have published meanwhile
        }
        published_ = false;
        Task<> run = run_();
        co_await std::move(run);
        // What was published and heard of meanwhile has said when the next one is due.
        const SteadyTime now = shard_.clock().Now();
        if (due_ <= now) due_ = now + interval_ - (published_ ? lead_ : 0ms);
    }
}

void SharedSchedule::Published(const bus::Position& position) {
    published_ = true;
    own_ = Place{position.partition, position.offset};
    if (newest_ == own_) Reckon();  // else it is heard of soon
}

void SharedSchedule::Heard(const bus::Message& last) {
    heard_at_ = shard_.clock().Now();
    newest_ = Place{last.partition, last.offset};
    Reckon();
}

void SharedSchedule::Reckon() {
    due_ = *heard_at_ + interval_;
    due_ += newest_ == own_ ? -lead_ : Chance();
}

Milliseconds SharedSchedule::Chance() {
    const std::int64_t part = std::max<std::int64_t>(interval_.count() / kChanceParts, 1);
    return Milliseconds(
        part + static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(part) + 1))
    );
}

}  // namespace flux::feeds
