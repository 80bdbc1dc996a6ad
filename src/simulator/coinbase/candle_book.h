// The bars of a product, as /products/{id}/candles shows them.
#pragma once

#include "base/clock.h"
#include "base/random.h"

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>

namespace flux::simulator {

/// Of one length of bars: what the exchange calls its granularity.
struct Candle {
    std::int64_t start = 0;  ///< Unix seconds
    std::int64_t low = 0;    ///< prices in steps of the product
    std::int64_t high = 0;
    std::int64_t open = 0;
    std::int64_t close = 0;
    std::int64_t volume = 0;  ///< in 10^-8
};

/// The last 300 bars of each granularity. Bars before its beginning are made up so that they end at
/// the first price; the bars of two granularities before then do not add up. Thread: one at a time.
class CandleBook {
public:
    static constexpr std::array<std::int64_t, 6> kGranularities{60, 300, 900, 3600, 21'600, 86'400};
    static constexpr std::size_t kRows = 300;

    /// `volume_per_day` in 10^-8.
    CandleBook(WallMillis now, std::int64_t price, double volume_per_day, std::uint64_t seed);

    void Add(WallMillis now, std::int64_t price, std::int64_t size);

    /// The bars of `granularity` seconds, newest first: `[[time,low,high,open,close,volume],...]`.
    /// "" for a granularity there is not.
    std::string Json(std::int64_t granularity, int price_decimals) const;

private:
    std::array<std::deque<Candle>, kGranularities.size()> candles_;  // oldest first
};

}  // namespace flux::simulator
