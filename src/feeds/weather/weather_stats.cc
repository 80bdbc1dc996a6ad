#include "feeds/weather/weather_stats.h"

namespace flux::feeds {
namespace {

void DescribeCommands(MetricWriter& out, const WeatherStats& stats) {
    out.Write("weather_commands", "Commands for the weather of a city", stats.commands);
    constexpr auto kSkipped = "Commands for weather that were skipped";
    out.Write(
        "weather_commands_skipped", kSkipped, stats.commands_malformed, {{"reason", "malformed"}}
    );
    out.Write("weather_commands_skipped", kSkipped, stats.commands_old, {{"reason", "old"}});
    out.Write(
        "weather_commands_joined",
        "Commands for a city that was being asked for already",
        stats.commands_joined
    );
    out.Write(
        "weather_left_to_another",
        "Cities that another instance was asking for, so this one waited",
        stats.left_to_another
    );
    out.Write(
        "weather_commands_refused",
        "Commands for weather refused because too many cities waited",
        stats.commands_refused
    );
}

void DescribeAnswers(MetricWriter& out, const WeatherStats& stats) {
    constexpr auto kName = "weather_served";
    constexpr auto kHelp = "Readings of a city published, by where they came from";
    out.Write(kName, kHelp, stats.served_memory, {{"from", "memory"}});
    out.Write(kName, kHelp, stats.served_cache, {{"from", "cache"}});
    out.Write(kName, kHelp, stats.served_api, {{"from", "api"}});
    out.Write(kName, kHelp, stats.served_stale, {{"from", "stale"}});
    out.Write(
        "weather_unavailable",
        "Events that say why there is no weather of a city",
        stats.unavailable
    );
    out.Write(
        "weather_publish_failures",
        "Weather events that the bus did not take",
        stats.publish_failures
    );
}

void DescribePlaces(MetricWriter& out, const WeatherStats& stats) {
    out.Write("weather_places_asked", "Cities looked up at the source", stats.places_asked);
    out.Write(
        "weather_places_unknown",
        "Cities looked up that the source does not know",
        stats.places_unknown
    );
    out.Write("weather_air_missing", "Readings without the newest air quality", stats.air_missing);
    out.Write("weather_cities", "Cities whose weather is kept in memory", stats.cities);
    out.Write("weather_places", "Names of cities whose place is kept in memory", stats.places);
    out.Write("weather_waiting", "Cities that wait for an answer of the source", stats.waiting);
}

}  // namespace

void Describe(MetricWriter& out, const WeatherStats& stats) {
    DescribeCommands(out, stats);
    DescribeAnswers(out, stats);
    DescribePlaces(out, stats);
    Describe(out, "openweather", stats.openweather);
}

}  // namespace flux::feeds
