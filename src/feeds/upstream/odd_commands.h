// What may stand on a topic of refresh commands and is none. For tests.
#pragma once

#include <array>
#include <fmt/format.h>
#include <string>
#include <string_view>

namespace flux::feeds::testing {

/// Garbage, and the payloads of other topics.
inline constexpr std::array<std::string_view, 13> kOddCommands{
    "",
    "{",
    "[]",
    "null",
    "7",
    "\"now\"",
    "{}",
    "\xff\xfe",
    R"({"requestedBy":null,"reason":"startup"})",
    R"({"__proto__":{"requestedBy":"bff"}})",
    R"({"event":"locationUpdate","userId":"u","data":{"city":"Pune"},"timestamp":"2026-03-20T09:14:03.512Z"})",
    R"({"topCoins":[]})",
    R"({"domain":"stock","state":"live","simulated":false,"at":1774000500000})",
};

/// Commands of versions to come.
inline constexpr std::string_view kNewerCommand =
    R"({"requestedBy":"bff","reason":["startup"],"timestamp":1774000500000,"version":2,"more":{}})";

/// What the metrics say when each of them came once.
inline std::string CountOfOddCommands(std::string_view domain) {
    return fmt::format(
        "flux_refresh_commands_malformed_total{{domain=\"{}\"}} {}\n", domain, kOddCommands.size()
    );
}

}  // namespace flux::feeds::testing
