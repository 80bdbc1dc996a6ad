#include "config/instant.h"

#include <chrono>

namespace flux::config {
namespace {

/// Takes exactly `digits` digits off the front of `text`.
std::optional<int> Take(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int number = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return number;
}

bool TakeOne(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

/// "", "Z", "+05:30" or "-0800" as an offset east of UTC.
std::optional<std::chrono::minutes> TakeZone(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return std::chrono::minutes(0);
    const bool west = text.front() == '-';
    if (!TakeOne(text, "+-")) return std::nullopt;
    const auto hours = Take(text, 2);
    TakeOne(text, ":");
    const auto minutes = text.empty() ? std::optional(0) : Take(text, 2);
    if (!hours || !minutes || !text.empty() || *hours > 14 || *minutes > 59) return std::nullopt;
    const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return west ? -offset : offset;
}

/// ".123456" or nothing, in milliseconds.
std::optional<Milliseconds> TakeFraction(std::string_view& text) {
    if (!TakeOne(text, ".,")) return Milliseconds(0);
    std::int64_t value = 0;
    std::int64_t weight = 100;
    std::size_t digits = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits) {
        value += weight * (text.front() - '0');
        weight /= 10;
        text.remove_prefix(1);
    }
    return digits == 0 ? std::nullopt : std::optional(Milliseconds(value));
}

}  // namespace

std::optional<WallMillis> ParseInstant(std::string_view text) {
    const auto year = Take(text, 4);
    if (!year || !TakeOne(text, "-")) return std::nullopt;
    const auto month = Take(text, 2);
    if (!month || !TakeOne(text, "-")) return std::nullopt;
    const auto day = Take(text, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date(
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day))
    );
    if (!date.ok()) return std::nullopt;
    Milliseconds time = std::chrono::sys_days(date).time_since_epoch();
    if (text.empty()) return time.count();

    if (!TakeOne(text, "Tt ")) return std::nullopt;
    const auto hour = Take(text, 2);
    if (!hour || *hour > 23 || !TakeOne(text, ":")) return std::nullopt;
    const auto minute = Take(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    const auto second = TakeOne(text, ":") ? Take(text, 2) : std::optional(0);
    if (!second || *second > 60) return std::nullopt;
    const auto fraction = TakeFraction(text);
    const auto zone = TakeZone(text);
    if (!fraction || !zone) return std::nullopt;
    time += std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
            std::chrono::seconds(*second) + *fraction - *zone;
    return time.count();
}

}  // namespace flux::config
