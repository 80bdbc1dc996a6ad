#include "contract/location.h"

#include "contract/blank_text.h"
#include "contract/unicode_text.h"
#include "json/json_fields.h"
#include "json/utf8.h"

#include <fmt/format.h>

namespace flux::contract {

namespace {

/// No text of more characters becomes one of kPlaceCharactersMax by being composed.
constexpr std::size_t kRawCharactersMax = 4 * kPlaceCharactersMax;

/// The tidied text of a member that is text, else nothing.
std::optional<std::string> Tidied(std::string_view object, std::string_view name) {
    const auto value = json::Member(object, name);
    const auto text = value ? json::AsString(*value) : std::nullopt;
    if (!text) return std::nullopt;
    std::string collapsed = CollapseBlankText(*text);
    if (json::Utf8Length(collapsed) > kRawCharactersMax) return collapsed;
    return CollapseBlankText(ComposedText(collapsed));
}

bool FollowsTheRules(std::string_view place) {
    return !place.empty() && !HasControlCharacter(place) &&
           json::Utf8Length(place) <= kPlaceCharactersMax;
}

std::optional<std::string> PlaceOrNothing(std::string_view object, std::string_view name) {
    std::optional<std::string> place = Tidied(object, name);
    if (place && !FollowsTheRules(*place)) place.reset();
    return place;
}

Error Bad(std::string sentence) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(sentence));
}

}  // namespace

Result<std::optional<Location>> ReadLocation(std::string_view argument) {
    std::optional<Location> nowhere;
    if (json::KindOf(argument) != json::Kind::kObject) return nowhere;
    const auto city_value = json::Member(argument, "city");
    if (!city_value || json::KindOf(*city_value) == json::Kind::kNull) return nowhere;
    const std::optional<std::string> city = Tidied(argument, "city");
    if (!city) return Bad("the city of a location must be text");
    if (city->empty()) return nowhere;
    if (HasControlCharacter(*city)) return Bad("the name of a city has no control characters");
    if (const std::size_t length = json::Utf8Length(*city); length > kPlaceCharactersMax) {
        return Bad(fmt::format(
            "the name of a city has at most {} characters, this one has {}",
            kPlaceCharactersMax,
            length
        ));
    }
    Location location;
    location.city = *city;
    location.region = PlaceOrNothing(argument, "region");
    location.country = PlaceOrNothing(argument, "country");
    return std::optional<Location>(std::move(location));
}

}  // namespace flux::contract
