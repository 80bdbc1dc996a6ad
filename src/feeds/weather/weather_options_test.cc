#include "feeds/weather/weather_options.h"

#include "base/units.h"

#include <gmock/gmock.h>

#include <functional>

namespace flux::feeds {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(WeatherOptions, TheDefaultsFit) {
    EXPECT_TRUE(Check(WeatherOptions()));
}

TEST(WeatherOptions, NamesWhatCannotBe) {
    const std::vector<std::pair<std::string, std::function<void(WeatherOptions&)>>> cases{
        {"openweather.base_url", [](WeatherOptions& o) { o.base_url = "ws://127.0.0.1:1"; }},
        {"openweather.base_url", [](WeatherOptions& o) { o.base_url = "nowhere"; }},
        {"public_url", [](WeatherOptions& o) { o.public_url = "/relative"; }},
        {"weather.api_key", [](WeatherOptions& o) { o.key = "hush hush"; }},
        {"calls_per_minute", [](WeatherOptions& o) { o.calls_per_minute = 0; }},
        {"breaker_failures", [](WeatherOptions& o) { o.breaker_failures = 0; }},
        {"at least 1 ms", [](WeatherOptions& o) { o.current_fresh = 0ms; }},
        {"at least one second", [](WeatherOptions& o) { o.unknown_kept = 0s; }},
        {"stale_max", [](WeatherOptions& o) { o.stale_max = 1min; }}};
    for (const auto& [named, spoil] : cases) {
        WeatherOptions options;
        spoil(options);
        const auto checked = Check(options);
        ASSERT_FALSE(checked) << named;
        EXPECT_EQ(checked.error().code, ErrorCode::kBadInput);
        EXPECT_THAT(checked.error().context, HasSubstr(named));
        EXPECT_THAT(checked.error().context, Not(HasSubstr("hush")));
    }
}

}  // namespace
}  // namespace flux::feeds
