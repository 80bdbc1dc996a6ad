// How a read or a write on a socket went.
#pragma once

#include <cstddef>
#include <cstdint>

namespace flux::net {

enum class IoStatus : std::uint8_t {
    kOk,       ///< went as far as the socket allowed; a short count is no fault
    kBlocked,  ///< nothing now: wait for the poller
    kEnd,      ///< the peer has sent its last byte (Read only)
    kBroken    ///< reset or failed: the connection is over
};

struct IoOutcome {
    std::size_t bytes = 0;
    IoStatus status = IoStatus::kOk;
};

}  // namespace flux::net
