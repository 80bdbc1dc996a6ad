#include "feeds/weather/openweather.h"

#include "feeds/upstream/query_value.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <utility>

namespace flux::feeds {
namespace {

constexpr int kNotFound = 404;
constexpr int kNothingToGeocode = 400;

UpstreamOptions ClientOptions(
    const WeatherOptions& options, net::Url base, std::shared_ptr<const net::TlsTrust> trust
) {
    UpstreamOptions client;
    client.name = "OpenWeatherMap";
    client.base = std::move(base);
    client.user_agent = options.user_agent;
    client.key = options.key;
    client.needs_key = true;
    client.key_parameter = "appid";
    client.trust = std::move(trust);
    client.time_max = options.time_max;
    client.retry_first = options.retry_first;
    client.breaker = {options.breaker_failures, options.breaker_cooldown};
    client.limits = {{options.calls_per_minute, std::chrono::minutes(1)}};
    return client;
}

std::string Coordinates(const Place& place) {
    return fmt::format("lat={:.4f}&lon={:.4f}", place.lat, place.lon);
}

}  // namespace

OpenWeather::OpenWeather(
    const WeatherOptions& options,
    net::Url base,
    std::shared_ptr<const net::TlsTrust> trust,
    const Clock& clock,
    Random& random,
    UpstreamStats& stats
)
    : client_(ClientOptions(options, std::move(base), std::move(trust)), clock, random, stats) {}

template <class T>
Task<OpenWeather::Answer<T>> OpenWeather::Ask(
    std::string endpoint, Result<T> (*decode)(std::string_view), bool may_be_absent
) {
    // Read where the answer is judged, so that one that cannot be read counts for the breaker.
    auto decoded = std::make_shared<std::optional<T>>();
    JudgeAnswer judge = [decoded, decode, may_be_absent](const net::HttpReply& reply
                        ) -> std::optional<UpstreamError> {
        if (may_be_absent && (reply.status == kNotFound || reply.status == kNothingToGeocode)) {
            UpstreamError absent;
            absent.failure = contract::Failure::kNoCity;
            return absent;
        }
        if (reply.status != 200) return std::nullopt;
        Result<T> value = decode(reply.body);
        if (value) {
            *decoded = *std::move(value);
            return std::nullopt;
        }
        UpstreamError error;
        error.failure = contract::Failure::kBadData;
        error.reason = "api_error";
        error.message = "OpenWeatherMap gave an answer that cannot be used.";
        error.detail = value.error().context;
        return error;
    };
    auto answer = co_await client_.Get(std::move(endpoint), std::move(judge));
    if (auto* const error = std::get_if<UpstreamError>(&answer)) co_return std::move(*error);
    co_return std::move(**decoded);
}

Task<OpenWeather::Answer<std::vector<GeoRow>>> OpenWeather::FindPlaces(
    std::string city, std::optional<std::string> country_code, std::size_t rows
) {
    std::replace(city.begin(), city.end(), ',', ' ');  // the vendor's separator
    std::string query = QueryValue(city);
    if (country_code) query += "," + *country_code;
    const std::string endpoint = fmt::format("/geo/1.0/direct?q={}&limit={}", query, rows);
    Task<Answer<std::vector<GeoRow>>> asking = Ask<std::vector<GeoRow>>(endpoint, DecodeGeo, true);
    auto answer = co_await std::move(asking);
    const auto* const error = std::get_if<UpstreamError>(&answer);
    if (error != nullptr && error->failure == contract::Failure::kNoCity) {
        co_return std::vector<GeoRow>();
    }
    co_return answer;
}

Task<OpenWeather::Answer<Observation>> OpenWeather::Current(Place place) {
    return Ask<Observation>(
        fmt::format("/data/2.5/weather?{}&units=metric&lang=en", Coordinates(place)),
        DecodeObservation,
        false
    );
}

Task<OpenWeather::Answer<contract::AirQuality>> OpenWeather::Air(Place place) {
    return Ask<contract::AirQuality>(
        fmt::format("/data/2.5/air_pollution?{}", Coordinates(place)), DecodeAir, false
    );
}

}  // namespace flux::feeds
