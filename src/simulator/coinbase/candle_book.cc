#include "simulator/coinbase/candle_book.h"

#include "simulator/coinbase/decimal.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace flux::simulator {
namespace {

constexpr double kDeviationPerDay = 0.03;
constexpr double kSecondsPerDay = 86'400;

std::int64_t AtLeastOne(double price) {
    return std::max<std::int64_t>(1, std::llround(price));
}

}  // namespace

CandleBook::CandleBook(
    WallMillis now, std::int64_t price, double volume_per_day, std::uint64_t seed
) {
    Random random(seed);
    for (std::size_t i = 0; i < kGranularities.size(); ++i) {
        const std::int64_t length = kGranularities[i];
        const double share = static_cast<double>(length) / kSecondsPerDay;
        const double step = kDeviationPerDay * std::sqrt(share);
        auto close = static_cast<double>(price);
        std::int64_t start = now / 1000 / length * length;
        for (std::size_t row = 0; row + 1 < kRows; ++row) {
            start -= length;
            // Even steps of the same deviation as a normal one's.
            const double open = close * std::exp(step * std::sqrt(3) * (2 * random.Unit() - 1));
            const double reach = step * random.Unit();
            Candle candle;
            candle.start = start;
            candle.open = AtLeastOne(open);
            candle.close = AtLeastOne(close);
            const double top = std::max(open, close) * (1 + reach / 2);
            const double bottom = std::min(open, close) * (1 - reach / 2);
            candle.high = std::max({candle.open, candle.close, AtLeastOne(top)});
            candle.low = std::min({candle.open, candle.close, AtLeastOne(bottom)});
            candle.volume = std::llround(volume_per_day * share * (0.4 + 1.2 * random.Unit()));
            candles_[i].push_front(candle);
            close = open;
        }
    }
}

void CandleBook::Add(WallMillis now, std::int64_t price, std::int64_t size) {
    for (std::size_t i = 0; i < kGranularities.size(); ++i) {
        std::deque<Candle>& rows = candles_[i];
        const std::int64_t start = now / 1000 / kGranularities[i] * kGranularities[i];
        if (rows.empty() || rows.back().start < start) {
            rows.push_back({start, price, price, price, price, 0});
            if (rows.size() > kRows) rows.pop_front();
        }
        Candle& candle = rows.back();
        candle.low = std::min(candle.low, price);
        candle.high = std::max(candle.high, price);
        candle.close = price;
        candle.volume += size;
    }
}

std::string CandleBook::Json(std::int64_t granularity, int price_decimals) const {
    const auto* const found = std::find(kGranularities.begin(), kGranularities.end(), granularity);
    if (found == kGranularities.end()) return {};
    const std::deque<Candle>& rows =
        candles_[static_cast<std::size_t>(found - kGranularities.begin())];
    const auto price = [price_decimals](std::int64_t units) {
        return FormatDecimal(units, price_decimals);
    };
    std::string json = "[";
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
        json += fmt::format(
            "{}[{},{},{},{},{},{}]",
            json.size() > 1 ? "," : "",
            row->start,
            price(row->low),
            price(row->high),
            price(row->open),
            price(row->close),
            FormatDecimal(row->volume, kSizeDecimals)
        );
    }
    return json + "]";
}

}  // namespace flux::simulator
