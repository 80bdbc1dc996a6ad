// Plays a recording.
#pragma once

#include "base/random.h"
#include "simulator/coinbase/price_source.h"
#include "simulator/coinbase/replay_file.h"

#include <array>
#include <cstdint>

namespace flux::simulator {

/// Plays bars one after the other, `speed` times as fast as they happened, and begins again at the
/// end. Within a bar the price goes from open over the two extremes (the one against the bar's
/// direction first) to close; each of the four is traded, and some prices between. The bar's volume
/// is spread over its trades. Gaps between bars are not waited for.
class ReplaySource final : public PriceSource {
public:
    /// `speed` is above 0. `trades_per_second` are the trades between the four, on average.
    ReplaySource(Recording recording, double speed, double trades_per_second, std::uint64_t seed);

    void Step(Milliseconds elapsed, std::vector<Trade>& trades) override;

    /// How often the whole recording has been played.
    std::uint64_t rounds() const { return rounds_; }

private:
    static constexpr std::size_t kCorners = 4;

    std::array<std::int64_t, kCorners> Corners(const Bar& bar) const;
    void Emit(std::int64_t price, double at, std::vector<Trade>& trades);
    void FinishBar();

    const Recording recording_;
    const double bar_ms_;
    const double speed_;
    const double trades_per_second_;
    Random random_;
    std::size_t bar_ = 0;
    std::size_t next_corner_ = 0;
    double position_ms_ = 0;      // in the bar
    double traded_until_ms_ = 0;  // in the bar: volume up to here has been spread
    double played_ms_ = 0;        // market time of all bars before this one
    std::size_t traded_in_step_ = 0;
    std::int64_t last_price_ = 0;
    std::uint64_t rounds_ = 0;
};

}  // namespace flux::simulator
