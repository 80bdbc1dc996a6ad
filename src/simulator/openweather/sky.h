// What the weather is at a place and a time.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string_view>

namespace flux::simulator {

/// Rise and set of the sun on one day, UTC. Within the polar circles a day may have neither: then
/// both are noon, or midnight and the next midnight.
struct SunTimes {
    WallMillis rise = 0;
    WallMillis set = 0;
    bool Day(WallMillis time) const { return time >= rise && time < set; }
};

/// Of the day whose solar noon is nearest to `time`. Thread: any.
SunTimes SunAt(double lat, double lon, WallMillis time);

/// In the vendor's terms and SI units.
struct Sky {
    double temp = 0;  ///< °C
    double feels_like = 0;
    double temp_min = 0;  ///< over the town
    double temp_max = 0;
    int humidity = 0;      ///< percent
    int sea_level = 1013;  ///< hPa
    int grnd_level = 1013;
    int visibility = 10'000;  ///< m
    double wind = 0;          ///< m/s
    int wind_degree = 0;
    double gust = 0;  ///< m/s; 0 for none worth a word
    int clouds = 0;   ///< percent
    double rain = 0;  ///< mm in an hour
    double snow = 0;
    double chance = 0;  ///< of either, 0 to 1
    int code = 800;     ///< the vendor's number of the condition
    bool day = true;

    std::string_view group() const;        ///< "Clouds"
    std::string_view description() const;  ///< "scattered clouds"
    std::string_view icon() const;         ///< "03d"
};

/// Moves with the hour, the season and the seed, and is the same whenever it is asked for. Thread:
/// any.
Sky SkyAt(std::uint64_t seed, double lat, double lon, WallMillis time);

/// Pollutants in µg/m³.
struct Air {
    double co = 0;
    double no = 0;
    double no2 = 0;
    double o3 = 0;
    double so2 = 0;
    double pm2_5 = 0;
    double pm10 = 0;
    double nh3 = 0;

    int index() const;  ///< 1 to 5, by PM2.5 as the vendor grades it
};

Air AirAt(std::uint64_t seed, double lat, double lon, WallMillis time);

}  // namespace flux::simulator
