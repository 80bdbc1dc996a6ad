// E1 `weather.service.event.updated`: the weather of one city, or why there is none.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "contract/replies.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace flux::contract {

/// Pollutants in µg/m³. On the wire each of the last two has two spellings, because pages of both
/// exist: `pm2_5` and `pm25`, `us-epa-index` and `usEpaIndex`.
struct AirQuality {
    std::optional<double> co;
    std::optional<double> no2;
    std::optional<double> o3;
    std::optional<double> so2;
    std::optional<double> pm10;
    std::optional<double> pm2_5;
    std::optional<int> us_epa_index;  ///< 1 to 6, computed from PM2.5

    friend bool operator==(const AirQuality&, const AirQuality&) = default;
};

/// One observation. The coordinates it was asked by are the service's own, and stay there.
struct WeatherReading {
    std::string city;                    ///< as the command spelled it
    std::optional<std::string> country;  ///< ISO 3166 code of the command, when it named one
    double temperature_c = 0;
    double temperature_f = 0;
    double feels_like_c = 0;
    std::string condition;  ///< for people: "scattered clouds"
    double humidity = 0;    ///< percent
    double wind_mph = 0;
    double wind_kph = 0;
    double wind_degree = 0;
    std::string wind_dir;    ///< 16-point compass
    std::string icon;        ///< absolute URL
    double pressure_mb = 0;  ///< hPa
    double visibility_km = 0;
    std::optional<AirQuality> air_quality;
    std::string last_updated;   ///< ISO 8601 with the offset of the city
    WallMillis fetched_at = 0;  ///< of the observation, also when it is served later

    friend bool operator==(const WeatherReading&, const WeatherReading&) = default;
};

enum class WeatherSource : std::uint8_t { kApi, kCache };

/// `status: "success"`.
struct WeatherUpdate {
    WeatherSource source = WeatherSource::kApi;
    WallMillis timestamp = 0;  ///< when the command was handled
    WeatherReading data;

    friend bool operator==(const WeatherUpdate&, const WeatherUpdate&) = default;
};

/// `status: "unavailable"`. `reason` on the wire is the reference's ("circuit_open", "timeout",
/// "api_error").
struct WeatherUnavailable {
    std::string reason;
    std::string city;
    std::optional<std::string> country;
    std::string reply_to;  ///< the command's key: who asked
    Failure error = Failure::kInternal;
    std::string message;  ///< for people
    std::optional<WallMillis> retry_at;
    WallMillis timestamp = 0;

    friend bool operator==(const WeatherUnavailable&, const WeatherUnavailable&) = default;
};

using WeatherEvent = std::variant<WeatherUpdate, WeatherUnavailable>;

std::string Encode(const WeatherUpdate& event);
std::string Encode(const WeatherUnavailable& event);

/// Errors: kBadInput naming the field. Thread: any.
Result<WeatherEvent> DecodeWeatherEvent(std::string_view json);

/// A reading as it lies in the cache under WeatherKey: the `data` object alone.
std::string Encode(const WeatherReading& reading);
Result<WeatherReading> DecodeWeatherReading(std::string_view json);

}  // namespace flux::contract
