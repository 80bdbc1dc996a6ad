// Where the trades of one product come from.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <vector>

namespace flux::simulator {

/// One match.
struct Trade {
    std::int64_t price = 0;       ///< in steps of the product
    std::int64_t size = 0;        ///< in 10^-8 of the base currency
    bool buy = true;              ///< the side of the taker
    Milliseconds market_time{0};  ///< since the source began; a replay's runs faster than the clock
};

/// Implementations: PriceWalk, ReplaySource. Thread: one at a time.
class PriceSource {
public:
    virtual ~PriceSource() = default;

    /// Appends the trades of the next `elapsed` to `trades`, in order.
    virtual void Step(Milliseconds elapsed, std::vector<Trade>& trades) = 0;
};

}  // namespace flux::simulator
