// What gateways of one fleet tell each other: who uses which id.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace flux::contract {

/// One gateway says that it uses (or, when it goes, no longer uses) an id. The record's key is the
/// id.
struct GatewayClaim {
    std::string id;        ///< one character, see gateway.id
    std::string instance;  ///< one run of one process
    std::string host;      ///< for people
    std::int64_t process = 0;
    std::string machine;  ///< equal for two claims: their process numbers may be compared
    std::string began;    ///< when the process began, as that machine counts
    bool gone = false;

    friend bool operator==(const GatewayClaim&, const GatewayClaim&) = default;
};

/// One line of JSON.
std::string Encode(const GatewayClaim& claim);

/// Errors: kBadInput, naming the member. Thread: any.
Result<GatewayClaim> DecodeGatewayClaim(std::string_view text);

}  // namespace flux::contract
