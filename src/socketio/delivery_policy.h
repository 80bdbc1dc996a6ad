// How a broadcast treats a client that is still busy with earlier ones.
#pragma once

#include <cstdint>

namespace flux::socketio {

/// How a broadcast treats a client that is still busy with earlier ones.
enum class DeliveryPolicy : std::uint8_t {
    kEvery,         ///< each one, in order; a client that cannot keep up is closed as slow
    kLatestPerKey,  ///< the newest per conflation key replaces an unsent older one, in its place
};

}  // namespace flux::socketio
