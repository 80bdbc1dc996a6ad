// What the gateway keeps with each socket.
#pragma once

#include "gateway/token_bucket.h"

#include <cstdint>
#include <string>

namespace flux::gateway {

struct GatewaySession {
    std::string user_id;  ///< a pseudonym, not an identity
    TokenBucket intents;
    TokenBucket joins;
    std::uint32_t limited_in_row = 0;  ///< events over a budget since the last one carried out
};

}  // namespace flux::gateway
