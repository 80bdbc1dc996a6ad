#include "gateway/weather_shape.h"

#include "contract/events.h"
#include "contract/object_writer.h"
#include "contract/places.h"
#include "contract/weather.h"
#include "gateway/rendered_event.h"
#include "json/json_check.h"
#include "json/json_fields.h"
#include "limits/limits.h"

#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <variant>

namespace flux::gateway {
namespace {

constexpr std::string_view kRoomHead = "weather.";

std::string EventOf(std::string_view city) {
    return fmt::format("weather.{}.update", city);
}

/// A record may hold any text where the city's name should be; the rules are those for clients.
Result<contract::Location> PlaceOf(
    std::string_view city, const std::optional<std::string>& country
) {
    contract::ObjectWriter argument;
    argument.Text("city", city);
    argument.OptionalText("country", country);
    Result<std::optional<contract::Location>> place = contract::ReadLocation(argument.Take());
    if (!place) return place.error();
    if (!*place) return Error(ErrorCode::kBadInput, Retry::kNever, "the name of the city is blank");
    return **std::move(place);
}

Result<ShapedEvent> OfReading(const contract::WeatherReading& reading) {
    const Result<contract::Location> place = PlaceOf(reading.city, reading.country);
    if (!place) return place.error();
    Result<std::string> room = RoomOf(*place);
    if (!room) return room.error();
    ShapedEvent shaped;
    shaped.room = *std::move(room);
    shaped.event = EventOf(place->city);
    shaped.argument = contract::kWeatherHead;
    shaped.argument += contract::Encode(reading);
    shaped.argument += contract::kWeatherTail;
    return shaped;
}

Result<ShapedEvent> UpdateOfRecord(std::string_view payload) {
    const Result<contract::WeatherEvent> event = contract::DecodeWeatherEvent(payload);
    if (!event) return event.error();
    const auto* const update = std::get_if<contract::WeatherUpdate>(&*event);
    if (update == nullptr) {
        return Error(ErrorCode::kBadInput, Retry::kNever, "weather event: it holds no weather");
    }
    return OfReading(update->data);
}

Result<ShapedEvent> UpdateOfCached(std::string_view value) {
    const Result<contract::WeatherReading> reading = contract::DecodeWeatherReading(value);
    if (!reading) return reading.error();
    return OfReading(*reading);
}

/// `weather.{folded city}` or `weather.{folded city}.{ISO}`: folded names have no capitals.
std::string CacheKeyOfRoom(std::string_view room) {
    if (!room.starts_with(kRoomHead)) return {};
    std::string_view city = room.substr(kRoomHead.size());
    std::optional<std::string> country;
    const auto is_capital = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
    constexpr std::size_t kCodeBytes = 3;  // with its dot
    if (city.size() > kCodeBytes) {
        const std::string_view code = city.substr(city.size() - kCodeBytes);
        if (code[0] == '.' && is_capital(code[1]) && is_capital(code[2])) {
            country = std::string(code.substr(1));
            city.remove_suffix(kCodeBytes);
        }
    }
    return contract::WeatherKey(city, country);
}

WallMillis GoodUntil(const socketio::SharedFrame& frame) {
    const auto data = json::Member(ArgumentOf(frame), "data");
    const auto fetched = data ? json::Member(*data, "fetchedAt") : std::nullopt;
    const auto at = fetched ? json::AsInteger(*fetched) : std::nullopt;
    return at ? *at + std::chrono::milliseconds(kWeatherAgeMax).count() : 0;
}

/// Two spellings of one city are one room; who calls it "PUNE" is answered about PUNE.
socketio::SharedFrame Respelled(const socketio::SharedFrame& frame, std::string_view spelling) {
    const std::string_view argument = ArgumentOf(frame);
    const auto data = json::Member(argument, "data");
    const auto city = data ? json::Member(*data, "city") : std::nullopt;
    if (!city || json::AsString(*city) == spelling) return frame;
    const auto head = static_cast<std::size_t>(city->data() - argument.data());
    return socketio::EncodeEnvelope(
        "/",
        EventOf(spelling),
        argument.substr(0, head),
        json::Quote(spelling),
        argument.substr(head + city->size())
    );
}

Result<ShapedEvent> ErrorOfRecord(std::string_view payload) {
    const Result<contract::WeatherEvent> event = contract::DecodeWeatherEvent(payload);
    if (!event) return event.error();
    const auto* const unavailable = std::get_if<contract::WeatherUnavailable>(&*event);
    if (unavailable == nullptr) {
        return Error(ErrorCode::kBadInput, Retry::kNever, "weather event: it holds no reason");
    }
    const Result<contract::Location> place = PlaceOf(unavailable->city, unavailable->country);
    if (!place) return place.error();
    Result<std::string> room = RoomOf(*place);
    if (!room) return room.error();
    contract::ErrorReply reply;
    reply.error = unavailable->error;
    reply.message = unavailable->message;
    reply.retry_at = unavailable->retry_at;
    ShapedEvent shaped;
    shaped.room = *std::move(room);
    shaped.argument = EncodeWeatherError(std::move(reply), *place);
    return shaped;
}

std::optional<std::string> CodeOf(const contract::Location& place) {
    return place.country ? contract::CountryCode(*place.country) : std::nullopt;
}

}  // namespace

const EventShape kWeatherShape{
    .of_record = UpdateOfRecord,
    .of_cached = UpdateOfCached,
    .cache_key_of = CacheKeyOfRoom,
    .good_until = GoodUntil,
    .respelled = Respelled,
};
const EventShape kWeatherErrorShape{.of_record = ErrorOfRecord};

Result<std::string> RoomOf(const contract::Location& place) {
    std::string room = contract::WeatherRoom(place.city, CodeOf(place));
    if (room.size() <= limits::kRoomNameBytesMax) return room;
    return Error(
        ErrorCode::kBadInput, Retry::kNever, "the name of the city takes too many bytes; shorten it"
    );
}

std::string EncodeWeatherError(contract::ErrorReply reply, const contract::Location& place) {
    reply.city = place.city;
    reply.country = CodeOf(place);
    return contract::Encode(reply);
}

std::string EncodeWeatherLoading(const contract::Location& place) {
    contract::ObjectWriter out;
    out.Text("status", "loading");
    out.Text("message", fmt::format("the weather of {} is being asked for", place.city));
    out.Text("city", place.city);
    out.OptionalText("country", CodeOf(place));
    return out.Take();
}

}  // namespace flux::gateway
