#include "contract/weather.h"

#include "contract/member_reader.h"
#include "contract/object_writer.h"

#include <array>
#include <cstdint>
#include <utility>

namespace flux::contract {
namespace {

constexpr std::string_view kPayload = "weather event";
constexpr std::string_view kUnavailable = "unavailable";
constexpr std::int64_t kWorstEpaIndex = 6;

using Pollutant = std::pair<std::string_view, std::optional<double> AirQuality::*>;

constexpr std::array<Pollutant, 5> kPollutants{{
    {"co", &AirQuality::co},
    {"no2", &AirQuality::no2},
    {"o3", &AirQuality::o3},
    {"so2", &AirQuality::so2},
    {"pm10", &AirQuality::pm10},
}};

// Two spellings each, see AirQuality.
constexpr std::string_view kFineDust = "pm2_5";
constexpr std::string_view kFineDustShort = "pm25";
constexpr std::string_view kEpaIndex = "us-epa-index";
constexpr std::string_view kEpaIndexCamel = "usEpaIndex";

std::string_view NameOf(WeatherSource source) {
    return source == WeatherSource::kCache ? "cache" : "api";
}

std::string EncodeAir(const AirQuality& air) {
    ObjectWriter out;
    for (const auto& [name, member] : kPollutants)
        out.OptionalNumber(name, air.*member);
    out.OptionalNumber(kFineDust, air.pm2_5);
    out.OptionalNumber(kFineDustShort, air.pm2_5);
    if (air.us_epa_index) {
        out.Integer(kEpaIndex, *air.us_epa_index);
        out.Integer(kEpaIndexCamel, *air.us_epa_index);
    }
    return out.Take();
}

AirQuality ReadAir(MemberReader& in) {
    AirQuality air;
    for (const auto& [name, member] : kPollutants)
        air.*member = in.OptionalNumber(name);
    const auto dust = in.OptionalNumber(kFineDust);
    const auto dust_short = in.OptionalNumber(kFineDustShort);
    air.pm2_5 = dust ? dust : dust_short;
    const auto index_dashed = in.OptionalInteger(kEpaIndex);
    const auto index_camel = in.OptionalInteger(kEpaIndexCamel);
    const auto index = index_dashed ? index_dashed : index_camel;
    if (index && (*index < 1 || *index > kWorstEpaIndex)) in.Refuse(kEpaIndex, "is not 1 to 6");
    if (index) air.us_epa_index = static_cast<int>(*index);
    return air;
}

WeatherReading ReadReading(MemberReader& in) {
    WeatherReading reading;
    reading.city = in.TextNotEmpty("city");
    reading.country = in.OptionalText("country");
    reading.temperature_c = in.Number("temperatureC");
    reading.temperature_f = in.Number("temperatureF");
    reading.feels_like_c = in.Number("feelslikeC");
    reading.condition = in.Text("condition");
    reading.humidity = in.Number("humidity");
    reading.wind_mph = in.Number("windMph");
    reading.wind_kph = in.Number("windKph");
    reading.wind_degree = in.Number("windDegree");
    reading.wind_dir = in.Text("windDir");
    reading.icon = in.Text("icon");
    reading.pressure_mb = in.Number("pressureMb");
    reading.visibility_km = in.Number("visibilityKm");
    if (auto air = in.OptionalObject("airQuality")) {
        reading.air_quality = ReadAir(*air);
        in.Take(*air);
    }
    reading.last_updated = in.TextNotEmpty("lastUpdated");
    reading.fetched_at = in.Integer("fetchedAt");
    return reading;
}

WeatherUpdate ReadUpdate(MemberReader& in) {
    WeatherUpdate update;
    const std::string source = in.Text("source");
    update.source =
        source == NameOf(WeatherSource::kCache) ? WeatherSource::kCache : WeatherSource::kApi;
    if (source != NameOf(update.source)) in.Refuse("source", "is neither \"api\" nor \"cache\"");
    update.timestamp = in.Integer("timestamp");
    MemberReader data = in.Object("data");
    update.data = ReadReading(data);
    in.Take(data);
    return update;
}

WeatherUnavailable ReadUnavailable(MemberReader& in) {
    WeatherUnavailable unavailable;
    unavailable.reason = in.Text("reason");
    unavailable.city = in.TextNotEmpty("city");
    unavailable.country = in.OptionalText("country");
    unavailable.reply_to = in.Text("replyTo");
    const auto failure = FailureFrom(in.Text("error"));
    if (!failure) in.Refuse("error", "is no reason of a failure");
    unavailable.error = failure.value_or(Failure::kInternal);
    unavailable.message = in.Text("message");
    unavailable.retry_at = in.OptionalInteger("retryAt");
    unavailable.timestamp = in.Integer("timestamp");
    return unavailable;
}

}  // namespace

std::string Encode(const WeatherReading& reading) {
    ObjectWriter out;
    out.Text("city", reading.city);
    out.OptionalText("country", reading.country);
    out.Number("temperatureC", reading.temperature_c);
    out.Number("temperatureF", reading.temperature_f);
    out.Number("feelslikeC", reading.feels_like_c);
    out.Text("condition", reading.condition);
    out.Number("humidity", reading.humidity);
    out.Number("windMph", reading.wind_mph);
    out.Number("windKph", reading.wind_kph);
    out.Number("windDegree", reading.wind_degree);
    out.Text("windDir", reading.wind_dir);
    out.Text("icon", reading.icon);
    out.Number("pressureMb", reading.pressure_mb);
    out.Number("visibilityKm", reading.visibility_km);
    if (reading.air_quality) out.Raw("airQuality", EncodeAir(*reading.air_quality));
    out.Text("lastUpdated", reading.last_updated);
    out.Integer("fetchedAt", reading.fetched_at);
    return out.Take();
}

std::string Encode(const WeatherUpdate& event) {
    ObjectWriter out;
    out.Text("status", "success");
    out.Text("source", NameOf(event.source));
    out.Integer("timestamp", event.timestamp);
    out.Raw("data", Encode(event.data));
    return out.Take();
}

std::string Encode(const WeatherUnavailable& event) {
    ObjectWriter out;
    out.Text("status", kUnavailable);
    out.Text("reason", event.reason);
    out.Text("city", event.city);
    out.OptionalText("country", event.country);
    out.Text("replyTo", event.reply_to);
    out.Text("error", contract::NameOf(event.error));
    out.Text("message", event.message);
    if (event.retry_at) out.Integer("retryAt", *event.retry_at);
    out.Integer("timestamp", event.timestamp);
    return out.Take();
}

Result<WeatherEvent> DecodeWeatherEvent(std::string_view json) {
    Result<MemberReader> in = ReadObject(kPayload, json);
    if (!in) return in.error();
    const std::string status = in->Text("status");
    WeatherEvent event;
    if (status == kUnavailable) {
        event = ReadUnavailable(*in);
    } else {
        in->Constant("status", "success");
        event = ReadUpdate(*in);
    }
    if (in->error()) return *in->error();
    return event;
}

Result<WeatherReading> DecodeWeatherReading(std::string_view json) {
    Result<MemberReader> in = ReadObject("weather reading", json);
    if (!in) return in.error();
    WeatherReading reading = ReadReading(*in);
    if (in->error()) return *in->error();
    return reading;
}

}  // namespace flux::contract
