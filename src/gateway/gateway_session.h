// What the gateway keeps with each socket.
#pragma once

#include "gateway/replay_position.h"
#include "gateway/token_bucket.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
    std::vector<Joined> joined;  ///< rooms whose earlier events are not the client's; each once

    /// `rooms` are joined at `at`; where they were joined before counts no more.
    void Join(const std::string& at, const std::vector<std::string_view>& rooms) {
        for (const std::string_view room : rooms) {
            for (Joined& place : joined)
                std::erase(place.rooms, room);
            std::erase_if(joined, [](const Joined& place) { return place.rooms.empty(); });
            if (joined.empty() || joined.back().at != at) joined.push_back({.at = at, .rooms = {}});
            joined.back().rooms.emplace_back(room);
        }
    }
};

struct GatewaySession {
    std::string user_id;  ///< a pseudonym, not an identity
    TokenBucket intents;
    TokenBucket joins;
    std::uint32_t limited_in_row = 0;  ///< events over a budget since the last one carried out
    std::unique_ptr<ReplayMemory> replay = nullptr;  ///< of those that may recover
};

}  // namespace flux::gateway
