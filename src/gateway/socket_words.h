// What is said to one socket.
#pragma once

#include "socketio/socketio_server.h"

#include <array>
#include <string_view>

namespace flux::gateway {

/// `json` is checked. Thread: the socket's shard.
inline void EmitJson(socketio::Socket& socket, std::string_view event, std::string_view json) {
    const std::array<std::string_view, 1> arguments{json};
    socket.Emit(event, arguments);
}

/// Nothing when no acknowledgement is wanted.
inline void ReplyJson(const socketio::Ack& ack, std::string_view json) {
    if (!ack.wanted()) return;
    const std::array<std::string_view, 1> arguments{json};
    ack.Reply(arguments);
}

}  // namespace flux::gateway
