// What every coin is worth, and was.
#pragma once

#include "base/clock.h"
#include "simulator/coinbase/market.h"
#include "simulator/coingecko/coin.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace flux::simulator {

/// A stretch of time whose change CoinGecko tells: "1h", "24h", ...
struct ChangeSpan {
    std::string_view name;
    Milliseconds length;
};
inline constexpr std::size_t kChangeSpans = 7;
std::span<const ChangeSpan> ChangeSpans();

/// One coin at one moment, in US dollars.
struct CoinRow {
    const Coin* coin = nullptr;
    double price = 0;
    std::array<double, kChangeSpans> before{};  ///< the price that long ago, by ChangeSpans
    double high_24h = 0;
    double low_24h = 0;
    double volume = 0;
    double all_time_high = 0;
    WallMillis high_at = 0;
    double all_time_low = 0;
    WallMillis low_at = 0;
    int rank = 0;  ///< by market capitalisation, from 1

    double cap() const { return price * coin->circulating * 1e6; }
    double cap_diluted() const;
    double change(std::size_t span) const { return (price / before[span] - 1) * 100; }
};

/// Coins that the exchange trades against the dollar cost what they cost there; the others follow a
/// walk of their own. Refreshed once a minute, as the vendor does. Thread: the market's.
class CoinMarket {
public:
    CoinMarket(std::uint64_t seed, const Market& market)
        : seed_(seed),
          market_(market) {}

    /// All rows by rank, at most `refresh` old.
    const std::vector<CoinRow>& RowsAt(WallMillis now, Milliseconds refresh);

    /// When they were made.
    WallMillis made_at() const { return made_at_; }

    /// Prices of the last seven days, hour by hour, ending with the row's.
    std::vector<double> Week(const CoinRow& row) const;

private:
    CoinRow Make(const Coin& coin, WallMillis now) const;
    double Walk(const Coin& coin, WallMillis time) const;

    const std::uint64_t seed_;
    const Market& market_;
    std::vector<CoinRow> rows_;
    WallMillis made_at_ = 0;
};

}  // namespace flux::simulator
