// The names of the rooms that built-in routes deliver to.
#pragma once

#include <string_view>

namespace flux::contract::rooms {

inline constexpr std::string_view kCrypto = "crypto.global";
inline constexpr std::string_view kNews = "news.global";
inline constexpr std::string_view kStock = "stock.global";

}  // namespace flux::contract::rooms
