// What a client's CONNECT says about a session it had.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flux::socketio {

struct RecoveryAuth {
    bool wanted = false;  ///< `"recover":true` is there, for RecoveryOffer::kOptIn
    bool had_pid = false;
    std::optional<std::string> pid;  ///< absent when it is no string, or too long for one
    bool had_offset = false;
    std::optional<std::string> offset;  ///< likewise
    std::string rest;                   ///< the object without `pid` and `offset`
};

/// Takes the checked JSON object `auth` (empty: none) apart. A member that stands twice counts as
/// its last. Thread: any.
RecoveryAuth ReadRecoveryAuth(std::string_view auth);

}  // namespace flux::socketio
