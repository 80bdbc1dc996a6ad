#include "feeds/weather/openweather_answer.h"

#include "base/units.h"
#include "feeds/weather/epa_index.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace flux::feeds {
namespace {

constexpr std::size_t kLongestText = 200;  // of a name or a description

Error Bad(std::string_view what, std::string_view why) {
    return Error(ErrorCode::kBadInput, Retry::kLater, fmt::format("{} {}", what, why));
}

Result<void> CheckKind(std::string_view what, std::string_view body, json::Kind kind) {
    if (const Result<void> checked = json::Check(body); !checked) {
        return Bad(what, "is no JSON: " + checked.error().context);
    }
    if (json::KindOf(json::TrimBlanks(body)) != kind) return Bad(what, "is of another shape");
    return {};
}

/// The number `name` of `object`; nothing when it is absent, no number, or too large for one.
std::optional<double> Number(std::string_view object, std::string_view name) {
    const auto text = json::Member(object, name);
    if (!text || json::KindOf(*text) != json::Kind::kNumber) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<double> NumberWithin(
    std::string_view object, std::string_view name, double least, double most
) {
    const auto value = Number(object, name);
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

/// The text `name`; nothing when it is absent, no text, blank or longer than any name.
std::optional<std::string> Text(std::string_view object, std::string_view name) {
    const auto value = json::Member(object, name);
    auto text = value ? json::AsString(*value) : std::nullopt;
    if (!text || text->size() > kLongestText) return std::nullopt;
    if (text->find_first_not_of(' ') == std::string::npos) return std::nullopt;
    return text;
}

std::string_view First(std::string_view array) {
    json::ArrayReader items(array);
    return items.Next() ? items.value() : std::string_view("null");
}

/// The first item of the array `name`, as far as there is one.
std::string_view FirstOf(std::string_view object, std::string_view name) {
    return First(json::Member(object, name).value_or("null"));
}

bool IsIcon(std::string_view code) {
    constexpr std::array<std::string_view, 9> kKinds{
        "01", "02", "03", "04", "09", "10", "11", "13", "50"};
    return code.size() == 3 && (code[2] == 'd' || code[2] == 'n') &&
           std::find(kKinds.begin(), kKinds.end(), code.substr(0, 2)) != kKinds.end();
}

/// Members that are always there: without one of them it is no observation.
struct Required {
    std::string_view object;  // "" for the whole
    std::string_view name;
    double least;
    double most;
    double Observation::*member;
};

constexpr std::array<Required, 4> kRequired{{
    {"main", "temp", -150, 100, &Observation::temp_c},
    {"main", "humidity", 0, 100, &Observation::humidity},
    {"main", "pressure", 100, 1'500, &Observation::pressure_hpa},
    {"wind", "speed", 0, 200, &Observation::wind_m_s},
}};

constexpr double kLatest = 32'503'680'000;  // the year 3000, in seconds

}  // namespace

Result<std::vector<GeoRow>> DecodeGeo(std::string_view body) {
    constexpr std::string_view kWhat = "the list of places";
    const auto kind = CheckKind(kWhat, body, json::Kind::kArray);
    if (!kind) return kind.error();
    std::vector<GeoRow> rows;
    bool empty = true;
    for (json::ArrayReader items(body); items.Next();) {
        empty = false;
        if (json::KindOf(items.value()) != json::Kind::kObject) continue;
        const auto lat = NumberWithin(items.value(), "lat", -90, 90);
        const auto lon = NumberWithin(items.value(), "lon", -180, 180);
        if (!lat || !lon) continue;
        GeoRow row;
        row.lat = *lat;
        row.lon = *lon;
        row.country = Text(items.value(), "country").value_or("");
        row.state = Text(items.value(), "state").value_or("");
        rows.push_back(std::move(row));
    }
    // No row means no such city; rows that cannot be used mean nothing about the city.
    if (rows.empty() && !empty) return Bad(kWhat, "has no usable row");
    return rows;
}

Result<Observation> DecodeObservation(std::string_view body) {
    constexpr std::string_view kWhat = "the current weather";
    const auto kind = CheckKind(kWhat, body, json::Kind::kObject);
    if (!kind) return kind.error();
    Observation seen;
    for (const Required& field : kRequired) {
        const std::string_view object = json::Member(body, field.object).value_or("null");
        const auto value = NumberWithin(object, field.name, field.least, field.most);
        if (!value) {
            return Bad(kWhat, fmt::format("has no usable {}.{}", field.object, field.name));
        }
        seen.*field.member = *value;
    }
    const auto observed = NumberWithin(body, "dt", 0, kLatest);
    if (!observed) return Bad(kWhat, "has no usable dt");
    seen.observed_at = static_cast<WallMillis>(*observed) * 1000;

    const std::string_view condition = FirstOf(body, "weather");
    auto words = Text(condition, "description");
    if (!words) words = Text(condition, "main");
    if (!words) return Bad(kWhat, "has no usable weather[0].description");
    seen.condition = *std::move(words);
    seen.icon = Text(condition, "icon").value_or("");
    if (!IsIcon(seen.icon)) seen.icon.clear();

    const std::string_view main = json::Member(body, "main").value_or("null");
    const std::string_view wind = json::Member(body, "wind").value_or("null");
    seen.feels_like_c = NumberWithin(main, "feels_like", -200, 150).value_or(seen.temp_c);
    seen.wind_degree = std::fmod(NumberWithin(wind, "deg", 0, 360).value_or(0), 360);
    seen.visibility_m = NumberWithin(body, "visibility", 0, 1e6).value_or(seen.visibility_m);
    const double east = NumberWithin(body, "timezone", -86'399, 86'399).value_or(0);
    seen.east_of_utc = std::chrono::seconds(static_cast<std::int64_t>(east));
    return seen;
}

Result<contract::AirQuality> DecodeAir(std::string_view body) {
    constexpr std::string_view kWhat = "the air quality";
    const auto kind = CheckKind(kWhat, body, json::Kind::kObject);
    if (!kind) return kind.error();
    const auto components = json::Member(FirstOf(body, "list"), "components");
    if (!components || json::KindOf(*components) != json::Kind::kObject) {
        return Bad(kWhat, "has no list[0].components");
    }
    const auto read = [&](std::string_view name) {
        return NumberWithin(*components, name, 0, 1e6);
    };
    contract::AirQuality air;
    air.co = read("co");
    air.no2 = read("no2");
    air.o3 = read("o3");
    air.so2 = read("so2");
    air.pm10 = read("pm10");
    air.pm2_5 = read("pm2_5");
    if (air.pm2_5) air.us_epa_index = UsEpaIndex(*air.pm2_5);
    return air;
}

}  // namespace flux::feeds
