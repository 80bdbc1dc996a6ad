#include "feeds/weather/weather_mapping.h"

#include "contract/iso_time.h"

#include <array>
#include <cmath>
#include <fmt/format.h>

namespace flux::feeds {
namespace {

constexpr double kKphPerMetre = 3.6;
constexpr double kMphPerMetre = 2.236936;

double Rounded(double value, double steps) {
    const double rounded = std::round(value * steps) / steps;
    return rounded == 0 ? 0 : rounded;  // no "-0"
}

}  // namespace

std::string_view CompassPoint(double degree) {
    constexpr std::array<std::string_view, 16> kPoints{
        "N",
        "NNE",
        "NE",
        "ENE",
        "E",
        "ESE",
        "SE",
        "SSE",
        "S",
        "SSW",
        "SW",
        "WSW",
        "W",
        "WNW",
        "NW",
        "NNW"};
    const auto step = static_cast<std::size_t>(std::floor((degree + 11.25) / 22.5));
    return kPoints[step % kPoints.size()];
}

std::string IconUrl(std::string_view public_url, std::string_view code) {
    while (public_url.ends_with('/'))
        public_url.remove_suffix(1);
    return fmt::format("{}/weather/{}.svg", public_url, code.empty() ? "unknown" : code);
}

contract::WeatherReading ToReading(
    const Observation& seen, std::string_view public_url, WallMillis fetched_at
) {
    contract::WeatherReading reading;
    reading.temperature_c = Rounded(seen.temp_c, 100);
    reading.temperature_f = Rounded(seen.temp_c * 9 / 5 + 32, 100);
    reading.feels_like_c = Rounded(seen.feels_like_c, 100);
    reading.condition = seen.condition;
    reading.humidity = seen.humidity;
    reading.wind_mph = Rounded(seen.wind_m_s * kMphPerMetre, 10);
    reading.wind_kph = Rounded(seen.wind_m_s * kKphPerMetre, 10);
    reading.wind_degree = seen.wind_degree;
    reading.wind_dir = CompassPoint(seen.wind_degree);
    reading.icon = IconUrl(public_url, seen.icon);
    reading.pressure_mb = seen.pressure_hpa;
    reading.visibility_km = Rounded(seen.visibility_m / 1000, 1000);
    reading.last_updated = contract::IsoTimeAt(seen.observed_at, seen.east_of_utc);
    reading.fetched_at = fetched_at;
    return reading;
}

}  // namespace flux::feeds
