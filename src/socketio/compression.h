// Which messages are compressed for WebSockets that agree to it.
#pragma once

#include <cstdint>

namespace flux::socketio {

enum class Compression : std::uint8_t {
    kOff,
    kShared,  ///< those that several sessions of a shard get; for them it costs next to nothing
    kAll,     ///< those for one session as well, each at the price of a compression
};

}  // namespace flux::socketio
