// The argument of `userLocationUpdate`: where a client says it is.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace flux::contract {

/// The longest city, region or country, in characters after tidying.
inline constexpr std::size_t kPlaceCharactersMax = 100;

/// A place by its names, in Unicode's normal form C. Trimmed, inner blanks collapsed, 1 to
/// kPlaceCharactersMax characters, no control characters. Coordinates and address of the client are
/// left out on purpose: they must not reach shared data.
struct Location {
    std::string city;
    std::optional<std::string> region;
    std::optional<std::string> country;  ///< as sent: an ISO code or an English name

    friend bool operator==(const Location&, const Location&) = default;
};

/// Reads one argument (checked JSON, or empty when the client sent none).
/// Nothing: the client does not say where it is (no argument, null, no object, no city or a blank
/// one); take the default city. Errors: kBadInput with a sentence for the client when a city is
/// given but cannot be one (too long, control characters, not text). A region or country that
/// breaks the rules is ignored. Thread: any.
Result<std::optional<Location>> ReadLocation(std::string_view argument);

}  // namespace flux::contract
