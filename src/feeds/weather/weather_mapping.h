// From OpenWeatherMap's observation to the reading of the contract.
#pragma once

#include "base/clock.h"
#include "contract/weather.h"
#include "feeds/weather/openweather_answer.h"

#include <string>
#include <string_view>

namespace flux::feeds {

/// The nearest of the sixteen points of the compass to a degree of [0, 360): "WNW". Thread: any,
/// like the others.
std::string_view CompassPoint(double degree);

/// The absolute URL of the picture for a code of the vendor ("03d"; "" for an unknown sky), which
/// this server has itself, under its `public_url`.
std::string IconUrl(std::string_view public_url, std::string_view code);

/// Everything but city, country and air quality. Degrees and speeds are rounded to what people
/// read.
contract::WeatherReading ToReading(
    const Observation& seen, std::string_view public_url, WallMillis fetched_at
);

}  // namespace flux::feeds
