#include "simulator/coinbase/replay_source.h"

#include "base/assert.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace flux::simulator {
namespace {

/// A very fast replay shows some of its bars only: nobody reads more per step.
constexpr std::size_t kTradesPerStepMax = 64;

}  // namespace

ReplaySource::ReplaySource(
    Recording recording, double speed, double trades_per_second, std::uint64_t seed
)
    : recording_(std::move(recording)),
      bar_ms_(static_cast<double>(recording_.bar_length().count())),
      speed_(speed),
      trades_per_second_(trades_per_second),
      random_(seed) {
    FLUX_ASSERT(!recording_.bars.empty() && speed > 0);
}

std::array<std::int64_t, ReplaySource::kCorners> ReplaySource::Corners(const Bar& bar) const {
    if (bar.close >= bar.open) return {bar.open, bar.low, bar.high, bar.close};
    return {bar.open, bar.high, bar.low, bar.close};
}

void ReplaySource::Emit(std::int64_t price, double at, std::vector<Trade>& trades) {
    const Bar& bar = recording_.bars[bar_];
    const double share = (at - traded_until_ms_) / bar_ms_;
    traded_until_ms_ = at;
    Trade trade;
    trade.price = price;
    trade.size = std::max<std::int64_t>(1, std::llround(static_cast<double>(bar.volume) * share));
    trade.buy = price >= last_price_;
    trade.market_time = Milliseconds(std::llround(played_ms_ + at));
    last_price_ = price;
    if (traded_in_step_++ < kTradesPerStepMax) trades.push_back(trade);
}

void ReplaySource::FinishBar() {
    played_ms_ += bar_ms_;
    position_ms_ -= bar_ms_;
    traded_until_ms_ = 0;
    next_corner_ = 0;
    if (++bar_ == recording_.bars.size()) {
        bar_ = 0;
        ++rounds_;
    }
}

void ReplaySource::Step(Milliseconds elapsed, std::vector<Trade>& trades) {
    traded_in_step_ = 0;
    position_ms_ += static_cast<double>(elapsed.count()) * speed_;
    for (;;) {
        const auto corners = Corners(recording_.bars[bar_]);
        while (next_corner_ < kCorners) {
            const double at = bar_ms_ * static_cast<double>(next_corner_) / (kCorners - 1);
            if (position_ms_ < at) break;
            Emit(corners[next_corner_], at, trades);
            ++next_corner_;
        }
        if (position_ms_ < bar_ms_) break;
        FinishBar();
    }
    if (traded_in_step_ > 0) return;
    const double seconds = static_cast<double>(elapsed.count()) / 1000;
    if (random_.Unit() >= trades_per_second_ * seconds) return;
    // Between two corners: somewhere on the straight line.
    const auto corners = Corners(recording_.bars[bar_]);
    const double leg = bar_ms_ / (kCorners - 1);
    const auto from = static_cast<double>(corners[next_corner_ - 1]);
    const auto to = static_cast<double>(corners[next_corner_]);
    const double part = position_ms_ / leg - static_cast<double>(next_corner_ - 1);
    Emit(std::llround(from + (to - from) * std::clamp(part, 0.0, 1.0)), position_ms_, trades);
}

}  // namespace flux::simulator
