#include "simulator/openweather/sky.h"

#include "simulator/noise.h"
#include "simulator/wall_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <numbers>

namespace flux::simulator {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kYearDays = 365.2422;

double Radians(double degrees) {
    return degrees * kPi / 180;
}

/// 0 at the winter solstice of the north.
double YearPart(WallMillis time) {
    const double days = static_cast<double>(time) / static_cast<double>(kDayMillis) + 10.5;
    return std::fmod(days, kYearDays) / kYearDays;
}

/// The sun's height above the equator, in degrees.
double Declination(WallMillis time) {
    return -23.44 * std::cos(2 * kPi * YearPart(time));
}

/// Hours since the sun stood lowest, 0 to 24.
double SolarHour(double lon, WallMillis time) {
    const double hours = static_cast<double>(time % kDayMillis) / 3'600'000 + lon / 15 + 24;
    return std::fmod(hours, 24);
}

std::uint64_t SeedOf(std::uint64_t seed, double lat, double lon) {
    const auto cell = [](double degrees) {
        return static_cast<std::uint64_t>(std::llround((degrees + 360) * 4));
    };
    return Mix(Mix(seed, cell(lat)), cell(lon));
}

double Saturation(double celsius) {
    return 6.112 * std::exp(17.62 * celsius / (243.12 + celsius));
}

/// Wind chill, or the heat of moist air.
double FeelsLike(double temp, double wind, int humidity) {
    const double kmh = wind * 3.6;
    if (temp <= 10 && kmh > 4.8) {
        const double power = std::pow(kmh, 0.16);
        return 13.12 + 0.6215 * temp - 11.37 * power + 0.3965 * temp * power;
    }
    if (temp < 25) return temp;
    const double vapour = humidity / 100.0 * Saturation(temp);
    return temp + 0.33 * vapour - 0.35 * wind - 6;
}

struct Condition {
    int code;
    std::string_view group;
    std::string_view description;
    std::array<std::string_view, 2> icons;  // by day, by night
};

constexpr Condition kConditions[] = {
    {200, "Thunderstorm", "thunderstorm with light rain", {"11d", "11n"}},
    {201, "Thunderstorm", "thunderstorm with rain", {"11d", "11n"}},
    {300, "Drizzle", "light intensity drizzle", {"09d", "09n"}},
    {500, "Rain", "light rain", {"10d", "10n"}},
    {501, "Rain", "moderate rain", {"10d", "10n"}},
    {502, "Rain", "heavy intensity rain", {"10d", "10n"}},
    {600, "Snow", "light snow", {"13d", "13n"}},
    {601, "Snow", "snow", {"13d", "13n"}},
    {602, "Snow", "heavy snow", {"13d", "13n"}},
    {701, "Mist", "mist", {"50d", "50n"}},
    {721, "Haze", "haze", {"50d", "50n"}},
    {741, "Fog", "fog", {"50d", "50n"}},
    {800, "Clear", "clear sky", {"01d", "01n"}},
    {801, "Clouds", "few clouds", {"02d", "02n"}},
    {802, "Clouds", "scattered clouds", {"03d", "03n"}},
    {803, "Clouds", "broken clouds", {"04d", "04n"}},
    {804, "Clouds", "overcast clouds", {"04d", "04n"}},
};

const Condition& ConditionOf(int code) {
    const auto* const found = std::find_if(
        std::begin(kConditions),
        std::end(kConditions),
        [code](const Condition& condition) { return condition.code == code; }
    );
    return found != std::end(kConditions) ? *found : kConditions[12];
}

int CodeOf(const Sky& sky, bool storm) {
    if (sky.snow > 0) return sky.snow < 0.5 ? 600 : sky.snow < 2 ? 601 : 602;
    if (sky.rain > 0) {
        if (storm) return sky.rain < 2 ? 200 : 201;
        return sky.rain < 0.2 ? 300 : sky.rain < 2.5 ? 500 : sky.rain < 7.5 ? 501 : 502;
    }
    if (sky.visibility < 1000) return 741;
    if (sky.visibility < 4000) return sky.humidity > 85 ? 701 : 721;
    if (sky.clouds < 11) return 800;
    return sky.clouds < 25 ? 801 : sky.clouds < 50 ? 802 : sky.clouds < 85 ? 803 : 804;
}

/// Without clouds and weather: what the place and the calendar say.
double Climate(double lat, double lon, WallMillis time) {
    const double from_equator = std::abs(lat);
    const double mean = 27.5 - 0.0067 * from_equator * from_equator;
    const double swing = 0.2 * from_equator;
    const double season = -std::cos(2 * kPi * YearPart(time)) * (lat < 0 ? -1 : 1);
    const double hour = -std::cos(2 * kPi * (SolarHour(lon, time) - 3) / 24);  // warmest at three
    return mean + swing * season + 4.5 * hour;
}

}  // namespace

std::string_view Sky::group() const {
    return ConditionOf(code).group;
}

std::string_view Sky::description() const {
    return ConditionOf(code).description;
}

std::string_view Sky::icon() const {
    return ConditionOf(code).icons[day ? 0 : 1];
}

SunTimes SunAt(double lat, double lon, WallMillis time) {
    const auto from_noon = static_cast<WallMillis>((SolarHour(lon, time) - 12) * 3'600'000);
    const WallMillis noon = time - from_noon;
    const double declination = Radians(Declination(noon));
    // The sun's rim shows when its middle is 0.833 degrees below the horizon.
    const double cosine =
        (std::sin(Radians(-0.833)) - std::sin(Radians(lat)) * std::sin(declination)) /
        (std::cos(Radians(lat)) * std::cos(declination));
    const double hours = std::acos(std::clamp(cosine, -1.0, 1.0)) * 12 / kPi;
    const auto half = static_cast<WallMillis>(hours * 3'600'000);
    const auto whole_second = [](WallMillis moment) { return moment / 1000 * 1000; };
    return {whole_second(noon - half), whole_second(noon + half)};
}

Sky SkyAt(std::uint64_t seed, double lat, double lon, WallMillis time) {
    using namespace std::chrono;
    const std::uint64_t here = SeedOf(seed, lat, lon);
    const auto noise = [&](std::uint64_t what, Milliseconds period) {
        return SmoothNoise(Mix(here, what), time, period);
    };
    Sky sky;
    sky.day = SunAt(lat, lon, time).Day(time);
    const double front = noise(1, hours(60));  // fronts pass
    const double cover = 0.5 + 0.55 * noise(2, hours(19)) - 0.25 * front + 0.12 * noise(3, 40min);
    sky.clouds = static_cast<int>(std::lround(std::clamp(cover, 0.0, 1.0) * 100));
    sky.temp = Climate(lat, lon, time) + 4 * front + 1.5 * noise(4, hours(7)) +
               0.25 * noise(5, 4min) - (sky.day ? 0.02 : -0.01) * sky.clouds;
    const double spread = 0.3 + 0.6 * UnitOf(Mix(here, 6));
    sky.temp_min = sky.temp - spread;
    sky.temp_max = sky.temp + spread;
    const double moist = 62 - 1.1 * (sky.temp - Climate(lat, lon, time)) + 0.25 * sky.clouds -
                         14 * UnitOf(Mix(here, 7)) + 9 * noise(8, hours(9));
    sky.humidity = static_cast<int>(std::clamp(std::lround(moist), 8L, 100L));
    sky.sea_level = static_cast<int>(std::lround(1013 + 13 * front + 2 * noise(9, hours(11))));
    const double height = 900 * UnitOf(Mix(here, 10)) * UnitOf(Mix(here, 11));
    sky.grnd_level = static_cast<int>(std::lround(sky.sea_level - height / 8.3));
    sky.wind = std::abs(3.2 + 3 * noise(12, hours(8)) - 2 * front + noise(13, 7min));
    sky.wind_degree = static_cast<int>(std::lround(180 + 179.4 * noise(14, hours(16))));
    if (sky.wind > 2.5) sky.gust = sky.wind * (1.2 + 0.5 * UnitOf(Mix(here, 15)));
    const double wet = cover - 0.78 + 0.3 * noise(16, 90min);
    sky.chance = std::clamp(0.15 + 1.4 * wet, 0.0, 1.0);
    if (wet > 0) (sky.temp < 0.7 ? sky.snow : sky.rain) = std::max(0.05, 11 * wet * wet);
    const double clear = 16'000 - 90.0 * sky.humidity - 1'500 * (sky.rain + 2 * sky.snow) +
                         4'500 * noise(17, hours(5));
    sky.visibility = static_cast<int>(std::clamp(std::lround(clear / 100) * 100, 200L, 10'000L));
    sky.feels_like = FeelsLike(sky.temp, sky.wind, sky.humidity);
    sky.code = CodeOf(sky, sky.temp > 22 && noise(18, hours(3)) > 0);
    return sky;
}

int Air::index() const {
    if (pm2_5 < 10) return 1;
    if (pm2_5 < 25) return 2;
    if (pm2_5 < 50) return 3;
    return pm2_5 < 75 ? 4 : 5;
}

Air AirAt(std::uint64_t seed, double lat, double lon, WallMillis time) {
    using namespace std::chrono;
    const std::uint64_t here = SeedOf(seed, lat, lon);
    // Some towns live in cleaner air than others; mornings and evenings are worst.
    const double town = 0.35 + 2.2 * UnitOf(Mix(here, 30)) * UnitOf(Mix(here, 31));
    const double hour = SolarHour(lon, time);
    const double traffic = 1 + 0.3 * std::cos(2 * kPi * (hour - 8) / 12);
    const double weather = std::exp(0.7 * SmoothNoise(Mix(here, 32), time, hours(30)));
    const double dirt = town * traffic * weather;
    const bool day = SunAt(lat, lon, time).Day(time);
    Air air;
    air.pm2_5 = 17 * dirt;
    air.pm10 = air.pm2_5 * (1.4 + 0.5 * UnitOf(Mix(here, 33)));
    air.co = 190 + 140 * dirt;
    air.no = 0.6 * dirt * traffic;
    air.no2 = 11 * dirt;
    air.o3 = (day ? 78 : 34) + 22 * SmoothNoise(Mix(here, 34), time, hours(6));
    air.so2 = 4.5 * dirt;
    air.nh3 = 2.2 * town;
    return air;
}

}  // namespace flux::simulator
