// The server that valkey.address names, asked step by step.
#pragma once

#include "base/clock.h"
#include "valkey/valkey_options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::app::doctor {

/// How far the server let us come, or what was in the way.
enum class ValkeyTrouble : std::uint8_t {
    kNone,
    kNoSuchName,
    kNotReached,   ///< refused, no way there, or nobody answers
    kOwnFile,      ///< valkey.ca_file cannot be used
    kNotBelieved,  ///< its certificate
    kNoTls,        ///< TLS was tried and failed
    kSilent,       ///< takes the connection and says nothing
    kHungUp,       ///< takes the connection and closes it at the first question
    kNotValkey,
    kLoginRefused,
    kLoginWanted,  ///< no login was tried where one is asked for
};

struct ValkeyServerFacts {
    ValkeyTrouble trouble = ValkeyTrouble::kNone;
    std::string reason;                ///< what the system, TLS or Valkey said
    std::vector<std::string> refused;  ///< commands that Flux uses: "SET: NOPERM ..."
    std::optional<std::string> info;   ///< what INFO says; not known to a login that may not ask
};

/// One field of INFO: "redis_version". Empty when it is not there.
std::string_view InfoField(std::string_view info, std::string_view name);

/// Logs in and tries the commands of the cache on a key that nobody has, in forms that change
/// nothing. Takes no longer than `until`. Thread: any that may block.
ValkeyServerFacts AskValkeyServer(const valkey::ValkeyOptions& options, SteadyTime until);

}  // namespace flux::app::doctor
