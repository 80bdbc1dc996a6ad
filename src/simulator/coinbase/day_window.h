// The last 24 hours of a product.
#pragma once

#include "base/clock.h"
#include "simulator/coinbase/price_source.h"

#include <chrono>
#include <cstdint>
#include <deque>

namespace flux::simulator {

/// Open, low, high and volume over a rolling day of market time, in quarters of an hour: what is
/// older than a day leaves a quarter at a time. Bounded. Thread: one at a time.
class DayWindow {
public:
    static constexpr int kBuckets = 96;
    static constexpr Milliseconds kBucket = std::chrono::minutes(15);

    /// Trades come in the order of their market time.
    void Add(const Trade& trade);

    bool empty() const { return buckets_.empty(); }
    std::int64_t open() const;
    /// The first price of the last `length`, to a quarter of an hour.
    std::int64_t open_of_last(Milliseconds length) const;
    std::int64_t low() const;
    std::int64_t high() const;
    std::int64_t volume() const;  ///< in 10^-8

private:
    struct Bucket {
        std::int64_t number;
        std::int64_t open;
        std::int64_t low;
        std::int64_t high;
        std::int64_t volume;
    };
    std::deque<Bucket> buckets_;
};

}  // namespace flux::simulator
