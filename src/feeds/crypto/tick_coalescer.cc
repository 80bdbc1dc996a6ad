#include "feeds/crypto/tick_coalescer.h"

#include "base/log.h"
#include "base/testpoint.h"
#include "contract/ticker.h"
#include "contract/topics.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace flux::feeds {

TickCoalescer::TickCoalescer(
    Shard& shard,
    bus::EventBus& bus,
    const std::vector<std::string>& products,
    Milliseconds interval,
    CryptoStats& stats
)
    : shard_(shard),
      bus_(bus),
      topic_(std::string(contract::kCryptoTickerUpdated.name)),
      interval_(interval),
      stats_(stats),
      tasks_(shard) {
    Add(products);
}

void TickCoalescer::Add(std::span<const std::string> products) {
    for (const std::string& product : products)
        slots_[product].removed = false;
}

void TickCoalescer::Remove(std::span<const std::string> products) {
    DropWaiting(products);
    for (const std::string& product : products) {
        const auto found = slots_.find(product);
        if (found != slots_.end()) found->second.removed = true;
    }
    std::erase_if(slots_, [](const auto& slot) {
        return slot.second.removed && !slot.second.publishing;
    });
}

void TickCoalescer::Start() {
    tasks_.Spawn("crypto.flush", FlushAtIntervals());
}

Task<> TickCoalescer::Stop() {
    stopping_ = true;
    co_await tasks_.Drain();
}

bool TickCoalescer::Put(ExchangeTicker ticker) {
    const auto found = slots_.find(ticker.product_id);
    if (found == slots_.end() || found->second.removed) {
        stats_.ticks_foreign.Add();
        return false;
    }
    Slot& slot = found->second;
    if (slot.waiting) stats_.ticks_coalesced.Add();
    slot.waiting = Received{.ticker = std::move(ticker), .at = shard_.clock().WallNow()};
    return true;
}

void TickCoalescer::DropWaiting(std::span<const std::string> products) {
    for (const std::string& product : products) {
        const auto found = slots_.find(product);
        if (found == slots_.end() || !found->second.waiting) continue;
        found->second.waiting.reset();
        stats_.ticks_stale.Add();
    }
}

std::size_t TickCoalescer::waiting() const {
    return static_cast<std::size_t>(std::count_if(slots_.begin(), slots_.end(), [](const auto& s) {
        return s.second.waiting.has_value();
    }));
}

void TickCoalescer::Flush() {
    if (stopping_) return;
    for (auto& [product, slot] : slots_) {
        if (!slot.waiting || slot.publishing) continue;
        slot.publishing = true;
        Received received = *std::exchange(slot.waiting, std::nullopt);
        tasks_.Spawn("crypto.publish", Publish(slot, std::move(received)));
    }
}

Task<> TickCoalescer::FlushAtIntervals() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    // Not in the loop's condition: g++ 12 destroys what is awaited there twice (rule 0).
    while (!stopping_) {
        const bool slept = co_await SleepFor(interval_);
        if (!slept) co_return;
        Flush();
    }
}

Task<> TickCoalescer::Publish(Slot& slot, Received received) {
    bus::Outgoing record;
    record.topic = topic_;
    record.key = received.ticker.product_id;
    record.payload = SharedBytes(contract::Encode(ToEvent(received.ticker, received.at)));
    FLUX_TESTPOINT("crypto.publish");
    const Result<bus::Position> stored = co_await bus_.Publish(std::move(record));
    slot.publishing = false;
    if (slot.removed) {
        slots_.erase(received.ticker.product_id);
        if (stored) stats_.ticks_published.Add();
        co_return;
    }
    if (!stored) {
        OnFailure(slot, std::move(received), stored.error());
        co_return;
    }
    stats_.ticks_published.Add();
    if (std::exchange(bus_refuses_, false)) {
        log::Info("crypto.bus_back", "the bus takes tickers again");
    }
}

void TickCoalescer::OnFailure(Slot& slot, Received received, const Error& error) {
    const bool later = error.retry == Retry::kLater || error.code == ErrorCode::kFull ||
                       error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kUnknown;
    if (!later) {
        stats_.ticks_refused.Add();
        log::Warn(
            "crypto.ticker_refused",
            "the bus refused a ticker for good; it is dropped",
            {{"product", received.ticker.product_id}, {"error", ToString(error)}}
        );
        return;
    }
    stats_.publish_failures.Add();
    if (!std::exchange(bus_refuses_, true)) {
        log::Warn(
            "crypto.bus_refuses",
            "the bus takes no tickers now; the newest of each product is kept and tried again",
            {{"error", ToString(error)}}
        );
    }
    if (slot.waiting) {
        stats_.ticks_coalesced.Add();
    } else {
        slot.waiting = std::move(received);
    }
}

}  // namespace flux::feeds
