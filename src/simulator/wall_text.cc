#include "simulator/wall_text.h"

#include <chrono>
#include <fmt/format.h>

namespace flux::simulator {
namespace {

WallMillis MillisOfDay(WallMillis time) {
    return (time % kDayMillis + kDayMillis) % kDayMillis;
}

std::string TimeOfDay(WallMillis time) {
    const WallMillis seconds = MillisOfDay(time) / 1000;
    return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace

std::string DateText(WallMillis time) {
    namespace chrono = std::chrono;
    const chrono::sys_time<Milliseconds> moment{Milliseconds(time)};
    const chrono::year_month_day date(chrono::floor<chrono::days>(moment));
    return fmt::format(
        "{:04}-{:02}-{:02}",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day())
    );
}

std::string DateTimeText(WallMillis time) {
    return DateText(time) + " " + TimeOfDay(time);
}

std::string IsoText(WallMillis time) {
    return fmt::format("{}T{}.{:03}Z", DateText(time), TimeOfDay(time), MillisOfDay(time) % 1000);
}

}  // namespace flux::simulator
