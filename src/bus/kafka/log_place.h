// Where to read when the place one wanted may be gone.
#pragma once

#include "bus/event_bus.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace flux::bus {

/// An explicit decision about where a partition is read from, with what it costs.
struct LogPlace {
    Offset from;
    std::int64_t missed = 0;  ///< records between the wanted place and `from`, if that is known
    std::string_view remark;  ///< for the log; empty when the wanted place was there
};

/// `wanted`: behind the last record handled, or nothing for a partition that nobody has read.
/// Nothing the log still holds is passed over: whoever wants a record that was deleted goes on at
/// the oldest, and so does whoever is past the end, because then the log is another one.
LogPlace PlaceFor(std::optional<Offset> wanted, Offset oldest, Offset next);

}  // namespace flux::bus
