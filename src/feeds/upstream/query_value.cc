#include "feeds/upstream/query_value.h"

#include <fmt/format.h>

namespace flux::feeds {

std::string QueryValue(std::string_view text) {
    constexpr std::string_view kUnreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string value;
    for (const char c : text) {
        if (kUnreserved.find(c) != std::string_view::npos) {
            value += c;
        } else {
            value += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return value;
}

}  // namespace flux::feeds
