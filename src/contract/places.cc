#include "contract/places.h"

#include "contract/blank_text.h"
#include "contract/country_table.h"
#include "contract/unicode_text.h"

#include <fmt/format.h>

namespace flux::contract {
namespace {

/// A name as a part of a key, whose parts are told apart by colons.
std::string KeyPart(std::string_view folded) {
    std::string part;
    part.reserve(folded.size());
    for (const char byte : folded) {
        if (byte == ':') {
            part += "%3A";
        } else if (byte == '%') {
            part += "%25";
        } else {
            part += byte;
        }
    }
    return part;
}

}  // namespace

std::string FoldedCity(std::string_view city) {
    return CollapseBlankText(FoldedText(CollapseBlankText(city)));
}

std::optional<std::string> CountryCode(std::string_view country) {
    const std::string_view code = FindCountryCode(country);
    if (code.empty()) return std::nullopt;
    return std::string(code);
}

std::string WeatherRoom(std::string_view city, const std::optional<std::string>& country_code) {
    std::string room = fmt::format("weather.{}", FoldedCity(city));
    if (country_code && !country_code->empty()) room += "." + *country_code;
    return room;
}

std::string WeatherKey(std::string_view city, const std::optional<std::string>& country_code) {
    return fmt::format("weather:{}:{}", KeyPart(FoldedCity(city)), country_code.value_or(""));
}

std::string AirKey(std::string_view city, const std::optional<std::string>& country_code) {
    return fmt::format("weather:air:{}:{}", KeyPart(FoldedCity(city)), country_code.value_or(""));
}

std::string GeoKey(
    std::string_view city,
    const std::optional<std::string>& region,
    const std::optional<std::string>& country_code
) {
    return fmt::format(
        "geo:{}:{}:{}",
        KeyPart(FoldedCity(city)),
        KeyPart(FoldedCity(region.value_or(""))),
        country_code.value_or("")
    );
}

}  // namespace flux::contract
