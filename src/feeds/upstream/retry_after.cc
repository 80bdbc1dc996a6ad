#include "feeds/upstream/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace flux::feeds {
namespace {

constexpr Milliseconds kWaitMax = std::chrono::hours(24);

/// A number of digits only; nothing for anything else.
std::optional<std::int64_t> Digits(std::string_view text) {
    std::int64_t number = 0;
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// "Fri, 20 Mar 2026 09:55:01 GMT" as milliseconds since the epoch.
std::optional<WallMillis> ParseHttpDate(std::string_view text) {
    constexpr std::array<std::string_view, 12> kMonths{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return {};
    if (text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' ||
        text[22] != ':') {
        return {};
    }
    const auto* const month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
    const auto day = Digits(text.substr(5, 2));
    const auto year = Digits(text.substr(12, 4));
    const auto hour = Digits(text.substr(17, 2));
    const auto minute = Digits(text.substr(20, 2));
    const auto second = Digits(text.substr(23, 2));
    if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return {};
    const std::chrono::year_month_day date(
        std::chrono::year(static_cast<int>(*year)),
        std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
        std::chrono::day(static_cast<unsigned>(*day))
    );
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return {};
    const auto time = std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                      std::chrono::minutes(*minute) + std::chrono::seconds(*second);
    return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::optional<Milliseconds> ParseRetryAfter(std::string_view header, WallMillis now) {
    if (const auto seconds = Digits(header)) {
        constexpr auto kSecondsMax = std::chrono::duration_cast<std::chrono::seconds>(kWaitMax);
        return std::chrono::seconds(std::min<std::int64_t>(*seconds, kSecondsMax.count()));
    }
    const auto date = ParseHttpDate(header);
    if (!date) return std::nullopt;
    return std::clamp(Milliseconds(*date - now), Milliseconds(0), kWaitMax);
}

}  // namespace flux::feeds
