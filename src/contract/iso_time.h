// Times as payloads write them: ISO 8601.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <string>

namespace flux::contract {

/// "2026-03-20T09:14:03.512Z". Times outside the years 0 to 9999 become the nearest inside. Reading
/// one is config::ParseInstant. Thread: any.
std::string IsoTime(WallMillis at);

/// "2026-03-20T14:44:03+05:30": the same moment where clocks are `east` of UTC, which is less than
/// a day. Whole seconds; seconds of `east` are dropped. Thread: any.
std::string IsoTimeAt(WallMillis at, std::chrono::seconds east);

}  // namespace flux::contract
