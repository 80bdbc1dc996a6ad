// What the gateway keeps with each socket.
#pragma once

#include "gateway/replay_position.h"
#include "gateway/token_bucket.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flux::gateway {

/// What a socket that may recover remembers of the replay routes.
struct ReplayMemory {
    /// Rooms that were joined at one place.
    struct Joined {
        std::string at;  ///< Encode(ReplayPosition)
        std::vector<std::string> rooms;
    };
    /// What the client had when it came back last. The offsets of what it is sent from there on say
    /// where this gateway stood, and that may be less.
    std::optional<ReplayPosition> floor;
    std::vector<Joined> joined;  ///< rooms whose earlier events are not the client's
};

struct GatewaySession {
    std::string user_id;  ///< a pseudonym, not an identity
    TokenBucket intents;
    TokenBucket joins;
    std::uint32_t limited_in_row = 0;  ///< events over a budget since the last one carried out
    std::unique_ptr<ReplayMemory> replay = nullptr;  ///< of those that may recover
};

}  // namespace flux::gateway
