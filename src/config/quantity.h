// Durations and byte counts as people write them: "25s", "250ms", "16KiB".
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace flux::config {

/// A whole number with a unit ms, s, m, h or d; without one the unit is `plain_unit`. Absent when
/// it is neither or does not fit.
std::optional<Milliseconds> ParseDuration(std::string_view text, Milliseconds plain_unit);

/// A whole number with a unit B, KiB, MiB, GiB, kB, MB or GB; without one it counts bytes.
std::optional<std::size_t> ParseBytes(std::string_view text);

/// A whole number in base ten with an optional minus sign.
std::optional<std::int64_t> ParseInteger(std::string_view text);

/// The largest unit that leaves a whole number: "25s", "90s", "2m", "0ms".
std::string DurationText(Milliseconds duration);

/// The largest binary unit that leaves a whole number: "16KiB", "1000000".
std::string BytesText(std::size_t bytes);

}  // namespace flux::config
