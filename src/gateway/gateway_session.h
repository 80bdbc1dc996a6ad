// What the gateway keeps with each socket.
#pragma once

#include "contract/location.h"
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

/// Where a client says it is.
struct SessionPlace {
    contract::Location where;  ///< in its own spelling
    std::string room;
    bool waits = false;  ///< it has heard that its weather is being asked for, and no answer yet
    SteadyTime waits_since;  ///< when it last began to
};

struct GatewaySession {
    std::string user_id;  ///< a pseudonym, not an identity
    TokenBucket intents;
    TokenBucket joins;
    TokenBucket cities;                  ///< whose weather is not here yet
    std::uint32_t limited_in_row = 0;    ///< events over a budget since the last one carried out
    std::uint32_t requests_waiting = 0;  ///< bit by bit, by place in kRequests
    std::unique_ptr<ReplayMemory> replay = nullptr;  ///< of those that may recover
    std::unique_ptr<SessionPlace> place = nullptr;   ///< of those that are in the room of a city
};

}  // namespace flux::gateway
