// Living prices that nobody paid.
#pragma once

#include "base/random.h"
#include "simulator/coinbase/day_window.h"
#include "simulator/coinbase/price_source.h"
#include "simulator/coinbase/product.h"

namespace flux::simulator {

/// A seeded random walk: trades come at random moments at the product's rate, each moves the price
/// a little (three percent in a day) and is drawn gently back to where it began, so that a
/// simulation that runs for weeks stays plausible. The same seed gives the same walk.
class PriceWalk final : public PriceSource {
public:
    PriceWalk(const Product& product, std::uint64_t seed);

    void Step(Milliseconds elapsed, std::vector<Trade>& trades) override;

    /// The 24 hours before the walk begins, ending at its first price.
    DayWindow History();

private:
    double Gauss();
    std::int64_t MoveBy(double deviation);

    const Product product_;
    Random random_;
    double log_offset_ = 0;  // ln(price / first price)
    Milliseconds time_{0};
};

}  // namespace flux::simulator
