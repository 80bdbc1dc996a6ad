// How places are compared and named: folded cities, country codes, and the rooms and cache keys
// made of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flux::contract {

/// `city` as cities are compared: NFC and case-folded, blanks collapsed. Thread: any.
std::string FoldedCity(std::string_view city);

/// The ISO 3166-1 alpha-2 code (upper case) that `country` is, as a code of two or three letters or
/// an English name, compared without case; nothing for anything else. Thread: any.
std::optional<std::string> CountryCode(std::string_view country);

/// `weather.{folded city}.{ISO}`; without a country `weather.{folded city}`.
std::string WeatherRoom(std::string_view city, const std::optional<std::string>& country_code);
/// `weather:{folded city}:{ISO}`; the country may be empty.
std::string WeatherKey(std::string_view city, const std::optional<std::string>& country_code);
/// `weather:air:{folded city}:{ISO}`
std::string AirKey(std::string_view city, const std::optional<std::string>& country_code);
/// `geo:{folded city}:{folded region}:{ISO}`
std::string GeoKey(
    std::string_view city,
    const std::optional<std::string>& region,
    const std::optional<std::string>& country_code
);

// Snapshots of the other domains, kept by the gateway.
inline constexpr std::string_view kMoversKey = "bff:crypto:top-movers";
inline constexpr std::string_view kTopCoinsKey = "bff:crypto:top-coins";
inline constexpr std::string_view kNewsKey = "bff:news:global";
inline constexpr std::string_view kStockKey = "bff:stocks:top:performers";

}  // namespace flux::contract
