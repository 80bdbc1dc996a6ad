// Wall time as the vendors write it.
#pragma once

#include "base/clock.h"

#include <string>

namespace flux::simulator {

/// "2026-03-20"
std::string DateText(WallMillis time);

/// "2026-03-20 08:55:00", UTC
std::string DateTimeText(WallMillis time);

/// "2026-03-20T08:55:00.123Z"
std::string IsoText(WallMillis time);

inline constexpr WallMillis kDayMillis = 86'400'000;

}  // namespace flux::simulator
