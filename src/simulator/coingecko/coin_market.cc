#include "simulator/coingecko/coin_market.h"

#include "simulator/coinbase/decimal.h"
#include "simulator/noise.h"
#include "simulator/wall_text.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <string>

namespace flux::simulator {
namespace {

using std::chrono::hours;

constexpr ChangeSpan kSpans[kChangeSpans] = {
    {"1h", hours(1)},
    {"24h", hours(24)},
    {"7d", hours(7 * 24)},
    {"14d", hours(14 * 24)},
    {"30d", hours(30 * 24)},
    {"200d", hours(200 * 24)},
    {"1y", hours(365 * 24)}};
constexpr std::size_t kHour = 0;
constexpr std::size_t kDay = 1;
constexpr WallMillis kHourMillis = 3'600'000;
constexpr WallMillis kFirstDay = 1'420'070'400'000;  // 2015-01-01

const Quote* QuoteOf(const Market& market, const Coin& coin) {
    std::string product;
    for (const char c : coin.symbol)
        product += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const Quote* const quote = market.Find(product + "-USD");
    return quote != nullptr && quote->product.traded() ? quote : nullptr;
}

}  // namespace

std::span<const ChangeSpan> ChangeSpans() {
    return kSpans;
}

double CoinRow::cap_diluted() const {
    return price * std::max(coin->most, coin->circulating) * 1e6;
}

double CoinMarket::Walk(const Coin& coin, WallMillis time) const {
    const std::uint64_t seed = Mix(seed_, coin.id);
    const bool stable = coin.category == "stablecoins";
    const double deviation = stable ? 0.0002 : 0.022 + 0.035 * UnitOf(Mix(seed, 1));
    return coin.price * TimeWalk(seed, deviation).FactorAt(time);
}

CoinRow CoinMarket::Make(const Coin& coin, WallMillis now) const {
    const std::uint64_t seed = Mix(seed_, coin.id);
    CoinRow row;
    row.coin = &coin;
    row.price = Walk(coin, now);
    for (std::size_t i = 0; i < kChangeSpans; ++i)
        row.before[i] = Walk(coin, now - kSpans[i].length.count());
    row.high_24h = row.low_24h = row.price;
    for (WallMillis ago = kHourMillis / 2; ago <= kDayMillis; ago += kHourMillis / 2) {
        const double then = Walk(coin, now - ago);
        row.high_24h = std::max(row.high_24h, then);
        row.low_24h = std::min(row.low_24h, then);
    }
    row.volume = row.cap() * (0.015 + 0.09 * UnitOf(Mix(seed, 2))) *
                 (1 + 0.3 * SmoothNoise(Mix(seed, 3), now, hours(5)));
    if (const Quote* const quote = QuoteOf(market_, coin)) {
        const auto dollars = [quote](std::int64_t units) {
            return static_cast<double>(units) /
                   static_cast<double>(Scale(quote->product.price_decimals));
        };
        const double price = dollars(quote->last.price);
        const double shift = price / row.price;
        row.price = price;
        for (double& before : row.before)
            before *= shift;
        row.before[kHour] = dollars(quote->day.open_of_last(hours(1)));
        row.before[kDay] = dollars(quote->day.open());
        row.high_24h = dollars(quote->day.high());
        row.low_24h = dollars(quote->day.low());
        row.volume *= shift;
    }
    const auto day_in = [&](std::uint64_t what) {
        const auto days = static_cast<std::uint64_t>((now - kFirstDay) / kDayMillis);
        const auto day = static_cast<WallMillis>(Mix(seed, what) % (days - 30));
        return kFirstDay + day * kDayMillis +
               static_cast<WallMillis>(Mix(seed, what + 1) % 86'400'000);
    };
    row.all_time_high = std::max(coin.price * (1.3 + 6 * UnitOf(Mix(seed, 4))), row.high_24h);
    row.high_at = day_in(5);
    row.all_time_low = std::min(coin.price * (0.002 + 0.2 * UnitOf(Mix(seed, 7))), row.low_24h);
    row.low_at = day_in(8);
    return row;
}

const std::vector<CoinRow>& CoinMarket::RowsAt(WallMillis now, Milliseconds refresh) {
    if (!rows_.empty() && now >= made_at_ && now - made_at_ < refresh.count()) return rows_;
    rows_.clear();
    made_at_ = now;
    for (const Coin& coin : Coins())
        rows_.push_back(Make(coin, now));
    std::stable_sort(rows_.begin(), rows_.end(), [](const CoinRow& a, const CoinRow& b) {
        return a.cap() > b.cap();
    });
    int rank = 0;
    for (CoinRow& row : rows_)
        row.rank = ++rank;
    return rows_;
}

std::vector<double> CoinMarket::Week(const CoinRow& row) const {
    constexpr int kHours = 7 * 24;
    const double shift = row.price / Walk(*row.coin, made_at_);
    std::vector<double> prices;
    for (int i = kHours - 1; i >= 0; --i)
        prices.push_back(shift * Walk(*row.coin, made_at_ - i * kHourMillis));
    return prices;
}

}  // namespace flux::simulator
