#include "simulator/coinbase/day_window.h"

#include "base/assert.h"

#include <algorithm>

namespace flux::simulator {

void DayWindow::Add(const Trade& trade) {
    const std::int64_t number =
        std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<900>>>(trade.market_time)
            .count();
    static_assert(kBucket == std::chrono::seconds(900));
    if (buckets_.empty() || buckets_.back().number < number) {
        buckets_.push_back(Bucket{number, trade.price, trade.price, trade.price, 0});
    }
    while (buckets_.front().number <= number - kBuckets)
        buckets_.pop_front();
    Bucket& now = buckets_.back();
    now.low = std::min(now.low, trade.price);
    now.high = std::max(now.high, trade.price);
    now.volume += trade.size;
}

std::int64_t DayWindow::open() const {
    FLUX_ASSERT(!buckets_.empty());
    return buckets_.front().open;
}

std::int64_t DayWindow::open_of_last(Milliseconds length) const {
    FLUX_ASSERT(!buckets_.empty());
    const std::int64_t first = buckets_.back().number - length / kBucket;
    for (const Bucket& bucket : buckets_)
        if (bucket.number >= first) return bucket.open;
    return buckets_.back().open;
}

std::int64_t DayWindow::low() const {
    FLUX_ASSERT(!buckets_.empty());
    return std::min_element(
               buckets_.begin(),
               buckets_.end(),
               [](const auto& a, const auto& b) { return a.low < b.low; }
    )->low;
}

std::int64_t DayWindow::high() const {
    FLUX_ASSERT(!buckets_.empty());
    return std::max_element(
               buckets_.begin(),
               buckets_.end(),
               [](const auto& a, const auto& b) { return a.high < b.high; }
    )->high;
}

std::int64_t DayWindow::volume() const {
    std::int64_t sum = 0;
    for (const Bucket& bucket : buckets_)
        sum += bucket.volume;
    return sum;
}

}  // namespace flux::simulator
