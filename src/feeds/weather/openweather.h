// OpenWeatherMap, as far as Flux asks it.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "contract/weather.h"
#include "feeds/upstream/upstream_client.h"
#include "feeds/weather/openweather_answer.h"
#include "feeds/weather/weather_options.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"
#include "runtime/task.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace flux::feeds {

/// Where a city is. Found by the service itself: a client's coordinates never come here.
struct Place {
    double lat = 0;
    double lon = 0;

    friend bool operator==(const Place&, const Place&) = default;
};

/// Three questions under one key, one breaker and one budget, which the vendor counts together.
/// Thread: its shard's.
class OpenWeather {
public:
    template <class T>
    using Answer = std::variant<T, UpstreamError>;

    /// References outlive it. `base` is options.base_url, taken apart.
    OpenWeather(
        const WeatherOptions& options,
        net::Url base,
        std::shared_ptr<const net::TlsTrust> trust,
        const Clock& clock,
        Random& random,
        UpstreamStats& stats
    );

    /// `/geo/1.0/direct?q=city[,ISO]&limit=`: at most `rows` places of that name, none when there
    /// is no such city.
    Task<Answer<std::vector<GeoRow>>> FindPlaces(
        std::string city, std::optional<std::string> country_code, std::size_t rows
    );
    /// `/data/2.5/weather?lat=&lon=&units=metric&lang=en`
    Task<Answer<Observation>> Current(Place place);
    /// `/data/2.5/air_pollution?lat=&lon=`
    Task<Answer<contract::AirQuality>> Air(Place place);

    /// Whether a call now would be sent; else why not.
    std::optional<UpstreamError> WhyNot() const { return client_.WhyNot(); }

private:
    template <class T>
    Task<Answer<T>> Ask(
        std::string endpoint, Result<T> (*decode)(std::string_view), bool may_be_absent
    );

    UpstreamClient client_;
};

}  // namespace flux::feeds
