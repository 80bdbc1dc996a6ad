#include "simulator/openweather/openweather.h"

#include "json/json_fields.h"
#include "simulator/openweather/sky.h"
#include "simulator/wall_text.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <vector>

namespace flux::simulator {
namespace {

constexpr std::string_view kGeo = "/geo/1.0/direct";
constexpr std::string_view kWeather = "/data/2.5/weather";
constexpr std::string_view kForecast = "/data/2.5/forecast";
constexpr std::string_view kAir = "/data/2.5/air_pollution";
constexpr WallMillis kMinute = 60'000;
constexpr WallMillis kStep = 3 * 60 * kMinute;
constexpr int kSteps = 40;

/// The vendor writes `cod` as a number here and as a text there.
Answer NumberCod(int status, std::string_view message) {
    JsonText json;
    json.Open('{').Integer("cod", status).Text("message", message).Close();
    return Answer::Json(status, json.Take());
}

Answer TextCod(int status, std::string_view message) {
    JsonText json;
    json.Open('{').Text("cod", std::to_string(status)).Text("message", message).Close();
    return Answer::Json(status, json.Take());
}

/// Which units an answer is in.
struct Units {
    bool celsius = false;
    bool fahrenheit = false;

    static Units Of(const Ask& ask) {
        const std::string name = ask.Parameter("units");
        return {name == "metric", name == "imperial"};
    }
    double Temperature(double degrees) const {
        if (celsius) return degrees;
        return fahrenheit ? degrees * 9 / 5 + 32 : degrees + 273.15;
    }
    double Speed(double metres) const { return fahrenheit ? metres * 2.236936 : metres; }
};

std::optional<double> Degrees(const Ask& ask, std::string_view name) {
    const std::string text = ask.Parameter(name);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

std::vector<std::string> Split(std::string_view text) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t comma = text.find(',');
        parts.emplace_back(text.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        text.remove_prefix(comma + 1);
    }
}

/// "Pune", "Pune,IN" or "Pune,Maharashtra,IN".
std::vector<const City*> Search(std::string_view query) {
    const std::vector<std::string> parts = Split(query);
    if (parts.size() == 1) return FindCities(parts[0], "", "");
    if (parts.size() == 2) return FindCities(parts[0], "", parts[1]);
    return parts.size() == 3 ? FindCities(parts[0], parts[1], parts[2])
                             : std::vector<const City*>();
}

bool InSummer(Summer summer, WallMillis time) {
    // To the day: clocks change on Sundays near these.
    const std::string day = DateText(time).substr(5);
    switch (summer) {
        case Summer::kNever:
            return false;
        case Summer::kEurope:
            return day >= "03-29" && day < "10-25";
        case Summer::kAmerica:
            return day >= "03-11" && day < "11-04";
        case Summer::kAustralia:
            return day >= "10-04" || day < "04-05";
    }
    return false;
}

/// Seconds east of UTC.
int OffsetOf(const City* city, double lon, WallMillis time) {
    if (city == nullptr) return static_cast<int>(std::lround(lon / 15)) * 3600;
    return city->offset_minutes * 60 + (InSummer(city->summer, time) ? 3600 : 0);
}

void AppendCoordinates(JsonText& json, double lat, double lon) {
    json.Open("coord", '{').Number("lon", lon, 4).Number("lat", lat, 4).Close();
}

void AppendCondition(JsonText& json, const Sky& sky) {
    json.Open("weather", '[').Open('{').Integer("id", sky.code).Text("main", sky.group());
    json.Text("description", sky.description()).Text("icon", sky.icon()).Close().Close();
}

void AppendWind(JsonText& json, const Sky& sky, const Units& units) {
    json.Open("wind", '{').Number("speed", units.Speed(sky.wind), 2);
    json.Integer("deg", sky.wind_degree);
    if (sky.gust > 0) json.Number("gust", units.Speed(sky.gust), 2);
    json.Close();
}

void AppendSun(JsonText& json, const SunTimes& sun) {
    json.Integer("sunrise", sun.rise / 1000).Integer("sunset", sun.set / 1000);
}

void AppendMain(JsonText& json, const Sky& sky, const Units& units, bool forecast) {
    json.Open("main", '{').Number("temp", units.Temperature(sky.temp), 2);
    json.Number("feels_like", units.Temperature(sky.feels_like), 2);
    json.Number("temp_min", units.Temperature(sky.temp_min), 2);
    json.Number("temp_max", units.Temperature(sky.temp_max), 2);
    json.Integer("pressure", sky.sea_level);
    if (!forecast) json.Integer("humidity", sky.humidity);
    json.Integer("sea_level", sky.sea_level).Integer("grnd_level", sky.grnd_level);
    if (forecast) {
        json.Integer("humidity", sky.humidity);
        json.Number("temp_kf", sky.temp_max - sky.temp, 2);
    }
    json.Close();
}

}  // namespace

OpenWeather::OpenWeather(const World& world)
    : Source(
          world,
          "openweather",
          "/openweather",
          {{"minute", 60, std::chrono::minutes(1)},
           {"month", 1'000'000, std::chrono::hours(30 * 24)}}
      ) {}

Answer OpenWeather::Refusal(int status, std::optional<int> retry_after) {
    switch (status) {
        case 401:
            return NumberCod(
                401,
                "Invalid API key. Please see https://openweathermap.org/faq#error401 for more info."
            );
        case 403:
            return NumberCod(403, "Access denied for this subscription plan.");
        case 429: {
            Answer answer = NumberCod(
                429,
                "Your account is temporary blocked due to exceeding of requests limitation of your "
                "subscription type. Please choose the proper subscription "
                "https://openweathermap.org/price"
            );
            if (retry_after) {
                answer.headers.emplace_back("Retry-After", std::to_string(*retry_after));
            }
            return answer;
        }
        case 500:
            return TextCod(500, "Internal error");
        case 405:
            return TextCod(405, "Method not allowed");
        default:
            return TextCod(404, "Internal error");
    }
}

std::optional<Answer> OpenWeather::Admit(const Ask& ask) {
    const std::string key = ask.Parameter("appid");
    if (key.empty() || world().keys.Refuses(key)) return Refusal(401, std::nullopt);
    if (limits().Take(key)) return Refusal(429, std::nullopt);  // it names no time
    return std::nullopt;
}

Answer OpenWeather::Serve(const Ask& ask) {
    if (ask.path == kGeo) return Geocode(ask);
    if (ask.path != kWeather && ask.path != kForecast && ask.path != kAir) {
        return Refusal(404, std::nullopt);
    }
    Place place;
    if (!ask.Parameter("lat").empty() || !ask.Parameter("lon").empty()) {
        const auto lat = Degrees(ask, "lat");
        const auto lon = Degrees(ask, "lon");
        if (!lat || std::abs(*lat) > 90) return TextCod(400, "wrong latitude");
        if (!lon || std::abs(*lon) > 180) return TextCod(400, "wrong longitude");
        place = {*lat, *lon, CityNear(*lat, *lon)};
    } else {
        const std::string query = ask.path == kAir ? "" : ask.Parameter("q");
        if (query.empty()) return TextCod(400, "Nothing to geocode");
        const std::vector<const City*> found = Search(query);
        if (found.empty()) return TextCod(404, "city not found");
        place = {found.front()->lat, found.front()->lon, found.front()};
    }
    if (faults().Use(FaultKind::kNoCity, ask.target())) return TextCod(404, "city not found");
    if (ask.path == kWeather) return Current(ask, place);
    return ask.path == kForecast ? Forecast(ask, place) : AirPollution(ask, place);
}

Answer OpenWeather::Geocode(const Ask& ask) const {
    const std::string query = ask.Parameter("q");
    if (query.empty()) return TextCod(400, "Nothing to geocode");
    std::size_t limit = 5;
    const std::string wanted = ask.Parameter("limit");
    if (!wanted.empty()) {
        std::from_chars(wanted.data(), wanted.data() + wanted.size(), limit);
        limit = std::clamp<std::size_t>(limit, 1, 5);
    }
    JsonText json;
    json.Open('[');
    for (const City* const city : Search(query)) {
        if (limit-- == 0) break;
        json.Open('{').Text("name", city->name);
        if (!city->local_names.empty()) {
            json.Open("local_names", '{');
            bool english = false;
            std::string_view rest = city->local_names;
            while (!rest.empty()) {
                const std::string_view entry = rest.substr(0, rest.find(';'));
                rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
                const std::size_t equals = entry.find('=');
                english = english || entry.substr(0, equals) == "en";
                json.Text(entry.substr(0, equals), entry.substr(equals + 1));
            }
            if (!english) json.Text("en", city->name);
            json.Close();
        }
        json.Number("lat", city->lat, 7).Number("lon", city->lon, 7);
        json.Text("country", city->country);
        if (!city->state.empty()) json.Text("state", city->state);
        json.Close();
    }
    return Answer::Json(200, json.Close().Take());
}

Answer OpenWeather::Current(const Ask& ask, const Place& place) const {
    const Units units = Units::Of(ask);
    const WallMillis observed = ask.now / kMinute * kMinute;
    const Sky sky = SkyAt(world().seed, place.lat, place.lon, observed);
    JsonText json;
    json.Open('{');
    AppendCoordinates(json, place.lat, place.lon);
    AppendCondition(json, sky);
    json.Text("base", "stations");
    AppendMain(json, sky, units, false);
    json.Integer("visibility", sky.visibility);
    AppendWind(json, sky, units);
    if (sky.rain > 0) json.Open("rain", '{').Number("1h", sky.rain, 2).Close();
    if (sky.snow > 0) json.Open("snow", '{').Number("1h", sky.snow, 2).Close();
    json.Open("clouds", '{').Integer("all", sky.clouds).Close();
    json.Integer("dt", observed / 1000);
    json.Open("sys", '{');
    if (place.city != nullptr) {
        json.Integer("type", 1).Integer("id", 9000 + place.city->id() % 1000);
        json.Text("country", place.city->country);
    }
    AppendSun(json, SunAt(place.lat, place.lon, observed));
    json.Close();
    json.Integer("timezone", OffsetOf(place.city, place.lon, observed));
    json.Integer("id", place.city != nullptr ? place.city->id() : 0);
    json.Text("name", place.city != nullptr ? place.city->name : "");
    json.Integer("cod", 200);
    return Answer::Json(200, json.Close().Take());
}

Answer OpenWeather::Forecast(const Ask& ask, const Place& place) const {
    const Units units = Units::Of(ask);
    int count = kSteps;
    const std::string wanted = ask.Parameter("cnt");
    if (!wanted.empty()) {
        std::from_chars(wanted.data(), wanted.data() + wanted.size(), count);
        count = std::clamp(count, 1, kSteps);
    }
    JsonText json;
    json.Open('{').Text("cod", "200").Integer("message", 0).Integer("cnt", count);
    json.Open("list", '[');
    for (int i = 1; i <= count; ++i) {
        const WallMillis at = (ask.now / kStep + i) * kStep;
        const Sky sky = SkyAt(world().seed, place.lat, place.lon, at);
        json.Open('{').Integer("dt", at / 1000);
        AppendMain(json, sky, units, true);
        AppendCondition(json, sky);
        json.Open("clouds", '{').Integer("all", sky.clouds).Close();
        AppendWind(json, sky, units);
        json.Integer("visibility", sky.visibility);
        json.Number("pop", sky.chance, 2);
        if (sky.rain > 0) json.Open("rain", '{').Number("3h", sky.rain * 3, 2).Close();
        if (sky.snow > 0) json.Open("snow", '{').Number("3h", sky.snow * 3, 2).Close();
        json.Open("sys", '{').Text("pod", sky.day ? "d" : "n").Close();
        json.Text("dt_txt", DateTimeText(at)).Close();
    }
    json.Close();
    const City* const city = place.city;
    json.Open("city", '{').Integer("id", city != nullptr ? city->id() : 0);
    json.Text("name", city != nullptr ? city->name : "");
    AppendCoordinates(json, place.lat, place.lon);
    json.Text("country", city != nullptr ? city->country : "");
    json.Integer("population", city != nullptr ? city->population * 1000 : 0);
    json.Integer("timezone", OffsetOf(city, place.lon, ask.now));
    AppendSun(json, SunAt(place.lat, place.lon, ask.now));
    return Answer::Json(200, json.Close().Close().Take());
}

Answer OpenWeather::AirPollution(const Ask& ask, const Place& place) const {
    const WallMillis hour = ask.now / (60 * kMinute) * (60 * kMinute);
    const Air air = AirAt(world().seed, place.lat, place.lon, hour);
    JsonText json;
    json.Open('{');
    AppendCoordinates(json, place.lat, place.lon);
    json.Open("list", '[').Open('{');
    json.Open("main", '{').Integer("aqi", air.index()).Close();
    json.Open("components", '{').Number("co", air.co, 2).Number("no", air.no, 2);
    json.Number("no2", air.no2, 2).Number("o3", air.o3, 2).Number("so2", air.so2, 2);
    json.Number("pm2_5", air.pm2_5, 2).Number("pm10", air.pm10, 2).Number("nh3", air.nh3, 2);
    json.Close().Integer("dt", hour / 1000).Close().Close();
    return Answer::Json(200, json.Close().Take());
}

void OpenWeather::Finish(const Ask& ask, Answer& answer) {
    if (ask.path == kGeo && faults().Use(FaultKind::kNoCity, ask.target())) {
        answer = Answer::Json(200, "[]");
    }
    const auto cod = json::Member(answer.body, "cod");
    if (!cod || !faults().Use(FaultKind::kMixedCod, ask.target())) return;
    const bool text = json::KindOf(*cod) == json::Kind::kString;
    answer.body =
        WithField(answer.body, "cod", text ? json::Unquote(*cod) : fmt::format("\"{}\"", *cod));
}

const BodyShape& OpenWeather::shape() const {
    static const BodyShape kShape{
        {"visibility",
         "sea_level",
         "grnd_level",
         "wind.deg",
         "wind.gust",
         "rain",
         "snow",
         "clouds.all",
         "sys.country",
         "state",
         "local_names",
         "components.no",
         "components.nh3"},
        {"visibility",
         "sea_level",
         "grnd_level",
         "wind.deg",
         "wind.gust",
         "rain",
         "snow",
         "clouds",
         "sys.country",
         "sys.type",
         "sys.id",
         "base",
         "state",
         "local_names",
         "pop"},
        {"description", "name", "state", "main"}};
    return kShape;
}

}  // namespace flux::simulator
