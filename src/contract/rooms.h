// The names of the rooms that are not the configuration's.
#pragma once

#include <string_view>

namespace flux::contract::rooms {

/// Every client is in it from its connection on, as long as a route delivers there.
inline constexpr std::string_view kEveryone = "everyone";

// Of built-in routes.
inline constexpr std::string_view kCrypto = "crypto.global";
inline constexpr std::string_view kNews = "news.global";
inline constexpr std::string_view kStock = "stock.global";

}  // namespace flux::contract::rooms
