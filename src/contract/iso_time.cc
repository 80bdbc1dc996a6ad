#include "contract/iso_time.h"

#include "base/assert.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace flux::contract {
namespace {

constexpr WallMillis kFirst = -62'167'219'200'000;  // 0000-01-01T00:00:00.000Z
constexpr WallMillis kLast = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

struct Parts {
    std::string to_seconds;
    int milliseconds = 0;
};

Parts PartsOf(WallMillis at) {
    const std::chrono::sys_time<Milliseconds> time(Milliseconds(std::clamp(at, kFirst, kLast)));
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    Parts parts;
    parts.to_seconds = fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count()
    );
    parts.milliseconds = static_cast<int>(clock.subseconds().count());
    return parts;
}

}  // namespace

std::string IsoTime(WallMillis at) {
    const Parts parts = PartsOf(at);
    return fmt::format("{}.{:03}Z", parts.to_seconds, parts.milliseconds);
}

std::string IsoTimeAt(WallMillis at, std::chrono::seconds east) {
    FLUX_ASSERT(std::chrono::abs(east) < std::chrono::days(1));
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(east);
    at = std::clamp(at, kFirst, kLast) + Milliseconds(minutes).count();
    const auto distance = std::chrono::abs(minutes).count();
    return fmt::format(
        "{}{}{:02}:{:02}",
        PartsOf(at).to_seconds,
        minutes.count() < 0 ? '-' : '+',
        distance / 60,
        distance % 60
    );
}

}  // namespace flux::contract
