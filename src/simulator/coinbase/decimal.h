// Prices and sizes as whole numbers of their smallest step, and their text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flux::simulator {

inline constexpr int kDecimalsMax = 8;
inline constexpr int kSizeDecimals = 8;  ///< base currencies are traded in steps of 0.00000001

/// 10 to the power of `decimals` (0 to kDecimalsMax).
std::int64_t Scale(int decimals);

/// `units` x 10^-decimals as the exchange writes it: no zeros at the end ("69010", "0.5").
std::string FormatDecimal(std::int64_t units, int decimals);

/// As FormatDecimal, but with all of its decimals ("0.01000000"): increments are written so.
std::string FormatFixed(std::int64_t units, int decimals);

/// Digits with an optional sign and fraction, in units of 10^-decimals; further digits are cut off.
/// Nothing for other text or a number above 9 x 10^9.
std::optional<std::int64_t> ParseDecimal(std::string_view text, int decimals);

/// How many digits stand behind the point, without zeros at the end.
int FractionDigits(std::string_view text);

}  // namespace flux::simulator
