// What OpenWeatherMap answers, read field by field (docs of the vendor: current, air_pollution,
// geo/1.0/direct).
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "contract/weather.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::feeds {

/// One row of /geo/1.0/direct.
struct GeoRow {
    double lat = 0;
    double lon = 0;
    std::string country;  ///< ISO code, upper case; "" where absent
    std::string state;    ///< a name; "" where absent
};

/// /data/2.5/weather with units=metric.
struct Observation {
    double temp_c = 0;
    double feels_like_c = 0;  ///< the temperature where absent
    double humidity = 0;      ///< percent
    double pressure_hpa = 0;
    double wind_m_s = 0;
    double wind_degree = 0;  ///< [0, 360); 0 where absent
    double visibility_m = 10'000;
    std::string condition;
    std::string icon;  ///< the vendor's code, "03d"; "" where absent or none of its codes
    WallMillis observed_at = 0;
    std::chrono::seconds east_of_utc{0};  ///< the city's clocks
};

/// Rows without usable coordinates are left out; an empty list is one like any other. Errors:
/// kBadInput saying why the answer as a whole is none, or that it has no usable row. Thread: any,
/// like the others.
Result<std::vector<GeoRow>> DecodeGeo(std::string_view body);

/// Errors: kBadInput naming the field that is missing or cannot be.
Result<Observation> DecodeObservation(std::string_view body);

/// Pollutants that are absent, null or negative are left out. Errors: kBadInput when the answer
/// holds no reading.
Result<contract::AirQuality> DecodeAir(std::string_view body);

}  // namespace flux::feeds
