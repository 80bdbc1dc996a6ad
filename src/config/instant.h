// Points in time as people write them: "2026-11-21T22:00:00Z".
#pragma once

#include "base/clock.h"

#include <optional>
#include <string_view>

namespace flux::config {

/// ISO 8601: a date, or a date and a time of day ("T" or a blank between the two) whose seconds and
/// their fraction may be missing. A date alone is its midnight; what carries no offset ("Z",
/// "+05:30") is UTC. Absent when it is anything else, or a day that no calendar has.
std::optional<WallMillis> ParseInstant(std::string_view text);

}  // namespace flux::config
