// What the shards and the desk tell each other.
#pragma once

#include "contract/location.h"
#include "contract/replies.h"
#include "net/address.h"
#include "runtime/shard.h"
#include "socketio/socketio_server.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace flux::gateway {

/// A client is in the room of a city and wants its weather.
struct WeatherWish {
    socketio::SocketRef socket;
    std::string asker;  ///< the socket's id
    std::string user_id;
    std::string room;
    contract::Location where;
    net::IpAddress client;
    std::uint64_t payload = 0;  ///< hash of what it said
    bool cold = false;          ///< its shard has no weather of the room, and it waits
};

/// The room of a city has its first member on a shard, or its last one has gone.
struct RoomChange {
    bool occupied = false;
    contract::Location where;
};

/// Everything a shard has to say since its last letter.
struct DeskLetter {
    ShardId shard;
    std::map<std::string, RoomChange> rooms;
    std::vector<WeatherWish> wishes;
    std::uint32_t requests = 0;  ///< bit by bit, by place in kRequests: nobody here can answer it

    bool empty() const { return rooms.empty() && wishes.empty() && requests == 0; }
};

/// Why one wish is not fulfilled.
struct RefusedWish {
    socketio::SocketRef socket;
    std::string room;
    contract::ErrorReply reply;
};

/// Why the command for a place came to nothing: for all who wait for it.
struct FailedPlace {
    std::string room;
    contract::ErrorReply reply;
    bool of_region = false;  ///< only for those who named the same region
    std::optional<std::string> region;
};

}  // namespace flux::gateway
