// The Retry-After header of an answer that says "not now".
#pragma once

#include "base/clock.h"

#include <optional>
#include <string_view>

namespace flux::feeds {

/// How long the other side asks to wait: from a number of seconds or an HTTP date (RFC 9110
/// 10.2.3, the fixed form that is written today). A date in the past is 0; more than a day is cut
/// to a day. Nothing when the header is absent or malformed. Thread: any.
std::optional<Milliseconds> ParseRetryAfter(std::string_view header, WallMillis now);

}  // namespace flux::feeds
