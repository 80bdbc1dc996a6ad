#include "contract/commands.h"

#include "config/instant.h"
#include "contract/iso_time.h"
#include "contract/member_reader.h"
#include "contract/object_writer.h"
#include "json/json_fields.h"

#include <fmt/format.h>
#include <utility>

namespace flux::contract {
namespace {

constexpr std::string_view kWeatherPayload = "weather command";
constexpr std::string_view kLocationUpdate = "locationUpdate";

/// A member that is text, else "".
std::string TextOrNone(std::string_view object, std::string_view name) {
    const auto value = json::Member(object, name);
    return value ? json::AsString(*value).value_or("") : "";
}

}  // namespace

std::string Encode(const WeatherFetch& command) {
    ObjectWriter data;
    data.Text("city", command.place.city);
    data.OptionalText("region", command.place.region);
    data.OptionalText("country", command.place.country);
    ObjectWriter out;
    out.Text("event", kLocationUpdate);
    out.Text("userId", command.user_id);
    out.Raw("data", data.Take());
    out.Text("timestamp", IsoTime(command.timestamp));
    return out.Take();
}

Result<WeatherFetch> DecodeWeatherFetch(std::string_view json) {
    Result<MemberReader> in = ReadObject(kWeatherPayload, json);
    if (!in) return in.error();
    WeatherFetch command;
    in->Constant("event", kLocationUpdate);
    command.user_id = in->Text("userId");
    command.timestamp = in->Time("timestamp");
    MemberReader data = in->Object("data");
    if (in->error()) return *in->error();
    Result<std::optional<Location>> place = ReadLocation(data.json());
    if (!place) {
        in->Refuse("data.city", fmt::format("is refused: {}", place.error().context));
    } else if (!*place) {
        in->Refuse("data.city", "is missing or blank");
    } else {
        command.place = **std::move(place);
    }
    if (in->error()) return *in->error();
    return command;
}

std::string Encode(const RefreshCommand& command) {
    ObjectWriter out;
    out.Text("requestedBy", command.requested_by);
    out.Text("reason", command.reason);
    out.Text("timestamp", IsoTime(command.timestamp));
    return out.Take();
}

Result<RefreshCommand> DecodeRefreshCommand(std::string_view json) {
    Result<MemberReader> in = ReadObject("refresh command", json);
    if (!in) return in.error();
    RefreshCommand command;
    command.requested_by = in->TextNotEmpty("requestedBy");
    if (in->error()) return *in->error();
    command.reason = TextOrNone(json, "reason");
    command.timestamp = config::ParseInstant(TextOrNone(json, "timestamp")).value_or(0);
    return command;
}

}  // namespace flux::contract
