// ISO 3166-1: the countries of the world, by code and by name.
#pragma once

#include <array>
#include <string_view>

namespace flux::contract {

struct Country {
    std::string_view alpha_2;  ///< "IN"
    std::string_view alpha_3;  ///< "IND"
    std::string_view names;    ///< in English, the usual one first, told apart by "|"
};

inline constexpr std::size_t kCountries = 249;

/// In the order of alpha_2.
extern const std::array<Country, kCountries> kCountryTable;

/// The alpha-2 code of the country that `text` is a code or a name of. Case, accents, full stops,
/// commas, brackets, hyphens and a leading "the" make no difference. "" when it is none. Takes
/// O(log n) comparisons. Thread: any.
std::string_view FindCountryCode(std::string_view text);

}  // namespace flux::contract
