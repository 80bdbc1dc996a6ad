#include "simulator/frankfurter/exchange_rates.h"

#include "simulator/noise.h"
#include "simulator/wall_text.h"

namespace flux::simulator {
namespace {

constexpr Currency kCurrencies[] = {
    {"AUD", 1.512}, {"BRL", 5.42},  {"CAD", 1.381}, {"CHF", 0.802}, {"CNY", 7.13},  {"CZK", 20.9},
    {"DKK", 6.39},  {"EUR", 0.856}, {"GBP", 0.742}, {"HKD", 7.79},  {"HUF", 336.4}, {"IDR", 16640},
    {"ILS", 3.31},  {"INR", 88.15}, {"ISK", 121.6}, {"JPY", 148.3}, {"KRW", 1408},  {"MXN", 18.42},
    {"MYR", 4.22},  {"NOK", 9.94},  {"NZD", 1.724}, {"PHP", 58.1},  {"PLN", 3.65},  {"RON", 4.36},
    {"SEK", 9.41},  {"SGD", 1.289}, {"THB", 32.4},  {"TRY", 41.6},  {"USD", 1},     {"ZAR", 17.3}};

constexpr double kDeviationPerDay = 0.003;
constexpr WallMillis kSetAt = 15 * 3'600'000;

/// 0 for Monday.
int Weekday(WallMillis day) {
    return static_cast<int>((day / kDayMillis + 3) % 7);  // the epoch began on a Thursday
}

}  // namespace

std::span<const Currency> Currencies() {
    return kCurrencies;
}

WallMillis RateDay(WallMillis time) {
    WallMillis day = (time - kSetAt) / kDayMillis * kDayMillis;
    while (Weekday(day) > 4)
        day -= kDayMillis;
    return day;
}

std::optional<double> PerDollar(std::uint64_t seed, std::string_view code, WallMillis day) {
    for (const Currency& currency : kCurrencies) {
        if (currency.code != code) continue;
        if (code == "USD") return 1.0;
        return currency.per_dollar * TimeWalk(Mix(seed, code), kDeviationPerDay).FactorAt(day);
    }
    return std::nullopt;
}

}  // namespace flux::simulator
