// Where `flux tail` begins, as people write it.
#pragma once

#include "base/clock.h"

#include <optional>
#include <string>

namespace flux::app {

/// A place in the words of the admin listener: "from=beginning", "from=end", "from=17" for an
/// offset, "time=1700000000000" for the first record from then on. `text` is one of the first three
/// without its "from=", how long before `now` ("15m"), or a time (config::ParseInstant); what is
/// before 1970 means 1970. Absent when it is none of them.
std::optional<std::string> TailPlace(const std::string& text, WallMillis now);

}  // namespace flux::app
