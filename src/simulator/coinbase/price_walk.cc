#include "simulator/coinbase/price_walk.h"

#include "simulator/coinbase/decimal.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace flux::simulator {
namespace {

constexpr double kDeviationPerDay = 0.03;
constexpr double kSecondsPerDay = 86'400;
/// How much of the way back a step of one deviation goes: weak beside the step itself.
constexpr double kPullBack = 0.02;

}  // namespace

PriceWalk::PriceWalk(const Product& product, std::uint64_t seed)
    : product_(product),
      random_(seed) {}

double PriceWalk::Gauss() {
    const double radius = std::sqrt(-2 * std::log(1 - random_.Unit()));
    return radius * std::cos(2 * std::numbers::pi * random_.Unit());
}

std::int64_t PriceWalk::MoveBy(double deviation) {
    log_offset_ += deviation * (Gauss() - kPullBack * log_offset_ / kDeviationPerDay);
    const double price = static_cast<double>(product_.price) * std::exp(log_offset_);
    return std::max<std::int64_t>(1, std::llround(price));
}

void PriceWalk::Step(Milliseconds elapsed, std::vector<Trade>& trades) {
    time_ += elapsed;
    const double seconds = static_cast<double>(elapsed.count()) / 1000;
    const double expected = product_.trades_per_second * seconds;
    // Several matches within one step are one: the exchange merges a cascade too.
    if (random_.Unit() >= 1 - std::exp(-expected)) return;
    const double per_day = product_.trades_per_second * kSecondsPerDay;
    const double mean_size = product_.volume_per_day / per_day;
    const double size = -mean_size * std::log(1 - random_.Unit());
    Trade trade;
    trade.price = MoveBy(kDeviationPerDay / std::sqrt(per_day));
    trade.size =
        std::max<std::int64_t>(1, std::llround(size * static_cast<double>(Scale(kSizeDecimals))));
    trade.buy = random_.Below(2) == 0;
    trade.market_time = time_;
    trades.push_back(trade);
}

DayWindow PriceWalk::History() {
    // Walks a day of quarter hours, then shifts it so that it ends where the product begins.
    constexpr int kQuarters = DayWindow::kBuckets;
    constexpr int kTradesPerQuarter = 8;
    const double deviation = kDeviationPerDay / std::sqrt(kQuarters * kTradesPerQuarter);
    std::vector<double> offsets;
    offsets.reserve(kQuarters * kTradesPerQuarter);
    double offset = 0;
    for (int i = 0; i < kQuarters * kTradesPerQuarter; ++i)
        offsets.push_back(offset += deviation * Gauss());
    const double size = product_.volume_per_day / (kQuarters * kTradesPerQuarter);
    DayWindow window;
    for (int i = 0; i < kQuarters * kTradesPerQuarter; ++i) {
        const double shifted = offsets[static_cast<std::size_t>(i)] - offset;
        Trade trade;
        trade.price = std::max<std::int64_t>(
            1, std::llround(static_cast<double>(product_.price) * std::exp(shifted))
        );
        trade.size =
            std::llround(size * (0.5 + random_.Unit()) * static_cast<double>(Scale(kSizeDecimals)));
        trade.market_time = DayWindow::kBucket * (i / kTradesPerQuarter - kQuarters);
        window.Add(trade);
    }
    return window;
}

}  // namespace flux::simulator
