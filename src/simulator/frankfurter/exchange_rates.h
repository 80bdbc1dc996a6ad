// What a US dollar is worth in other money, day by day.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace flux::simulator {

struct Currency {
    std::string_view code;  ///< ISO 4217, "INR"
    double per_dollar = 1;  ///< about
};

/// The thirty that the European Central Bank sets, by code; the dollar among them.
std::span<const Currency> Currencies();

/// The last working day whose rates are out at `time`: they are set at 15:00 UTC.
WallMillis RateDay(WallMillis time);

/// Units of `code` for a dollar on the working day that begins at `day`; nothing for other money.
/// Thread: any.
std::optional<double> PerDollar(std::uint64_t seed, std::string_view code, WallMillis day);

}  // namespace flux::simulator
