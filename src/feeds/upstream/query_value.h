// Text as it stands in the query of a request.
#pragma once

#include <string>
#include <string_view>

namespace flux::feeds {

/// `text` with everything but unreserved characters escaped (RFC 3986 2.3). Thread: any.
std::string QueryValue(std::string_view text);

}  // namespace flux::feeds
