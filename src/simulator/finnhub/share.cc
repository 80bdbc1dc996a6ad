#include "simulator/finnhub/share.h"

#include "simulator/noise.h"
#include "simulator/wall_text.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace flux::simulator {
namespace {

constexpr Share kShares[] = {
    {"AAPL", 231.4, 1.6}, {"MSFT", 497.2, 1.4}, {"GOOGL", 205.7, 1.8}, {"AMZN", 226.1, 1.9},
    {"NVDA", 176.9, 3.1}, {"META", 742.3, 2.1}, {"TSLA", 334.6, 3.6},  {"BRK.B", 487.9, 1.0},
    {"UNH", 341.8, 1.9},  {"JNJ", 178.2, 1.0},  {"JPM", 298.4, 1.4},   {"V", 349.7, 1.1},
    {"PG", 156.3, 0.9},   {"XOM", 112.7, 1.5},  {"HD", 402.5, 1.3},    {"CVX", 154.9, 1.5},
    {"MA", 588.1, 1.1},   {"ABBV", 213.6, 1.3}, {"PFE", 24.9, 1.4},    {"AVGO", 301.2, 2.8},
    {"COST", 951.4, 1.3}, {"DIS", 116.8, 1.6},  {"MRK", 86.3, 1.4},    {"KO", 69.1, 0.8},
    {"PEP", 147.5, 0.9},  {"CSCO", 67.8, 1.3},  {"TMO", 486.2, 1.5},   {"ACN", 259.4, 1.6},
    {"ADBE", 356.7, 1.8}, {"NKE", 76.4, 1.9},   {"WMT", 100.9, 1.1},   {"NFLX", 1208.5, 2.0},
    {"ABT", 132.6, 1.2},  {"LLY", 731.9, 1.9},  {"CRM", 247.3, 1.9},   {"MCD", 312.4, 0.9},
    {"DHR", 206.8, 1.5},  {"VZ", 43.9, 1.0},    {"TXN", 196.2, 1.8},   {"NEE", 73.5, 1.3},
    {"ORCL", 234.1, 2.3}, {"INTC", 24.6, 2.9},  {"PM", 168.7, 1.1},    {"QCOM", 157.3, 2.0},
    {"UPS", 88.2, 1.6},   {"AMD", 163.4, 3.2},  {"HON", 218.9, 1.2},   {"RTX", 157.1, 1.2},
    {"INTU", 668.5, 1.7}, {"LOW", 258.6, 1.3},  {"IBM", 241.7, 1.4},   {"GE", 268.3, 1.5},
    {"BA", 229.8, 2.2},   {"CAT", 421.6, 1.6},  {"GS", 741.2, 1.5},    {"SBUX", 88.7, 1.5},
};

constexpr WallMillis kAfterClose = 6 * 3'600'000;  // of the day before, until midnight
constexpr WallMillis kSample = 10 * 60'000;

WallMillis DayOf(WallMillis time) {
    return time / kDayMillis * kDayMillis;
}

double Cents(double price) {
    return std::round(price * 100) / 100;
}

}  // namespace

std::span<const Share> Shares() {
    return kShares;
}

const Share* FindShare(std::string_view symbol) {
    const auto* const found =
        std::find_if(std::begin(kShares), std::end(kShares), [symbol](const Share& share) {
            return share.symbol == symbol;
        });
    return found != std::end(kShares) ? found : nullptr;
}

ShareQuote QuoteAt(std::uint64_t seed, const Share& share, WallMillis time) {
    const TimeWalk walk(Mix(seed, share.symbol), share.restless / 100);
    const auto price = [&](WallMillis at) { return Cents(share.price * walk.FactorAt(at)); };
    const WallMillis day = DayOf(time);
    ShareQuote quote;
    quote.previous_close = price(day - kAfterClose);
    quote.open = price(day);
    quote.current = price(time);
    quote.high = std::max(quote.open, quote.current);
    quote.low = std::min(quote.open, quote.current);
    for (WallMillis at = day + kSample; at < time; at += kSample) {
        const double sample = price(at);
        quote.high = std::max(quote.high, sample);
        quote.low = std::min(quote.low, sample);
    }
    quote.traded = time;
    return quote;
}

ShareQuote QuoteOfClose(std::uint64_t seed, const Share& share, WallMillis time) {
    return QuoteAt(seed, share, DayOf(time) - kAfterClose);
}

}  // namespace flux::simulator
