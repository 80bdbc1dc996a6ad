#include "app/tail_place.h"

#include "config/instant.h"
#include "config/quantity.h"

#include <algorithm>
#include <chrono>

namespace flux::app {
namespace {

std::string From(WallMillis time) {
    return "time=" + std::to_string(std::max<WallMillis>(0, time));
}

}  // namespace

std::optional<std::string> TailPlace(const std::string& text, WallMillis now) {
    if (text == "beginning" || text == "end") return "from=" + text;
    if (const auto offset = config::ParseInteger(text); offset && *offset >= 0)
        return "from=" + text;
    if (const auto ago = config::ParseDuration(text, std::chrono::seconds(1)))
        return From(now - ago->count());
    if (const auto time = config::ParseInstant(text)) return From(*time);
    return std::nullopt;
}

}  // namespace flux::app
