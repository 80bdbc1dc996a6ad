// Binds the addresses of a listener.
#pragma once

#include "base/result.h"
#include "net/server.h"
#include "net/stream.h"

#include <cstdint>
#include <vector>

namespace flux::net {

struct BoundListener {
    std::uint16_t port = 0;
    std::vector<Stream> sockets;  ///< listening and non-blocking, one per address
};

/// Binds every address of `options` to one port. With port 0 a free one is found that is free on
/// all of them. An absent ::1 is left out if another address remains.
/// Errors: as Server::Listen. Thread: any; reads /proc when a port is in use.
Result<BoundListener> BindListener(const ListenerOptions& options);

}  // namespace flux::net
