// What all shards of one Engine.IO server share.
#pragma once

#include "socketio/address_budget.h"
#include "socketio/address_count.h"
#include "socketio/origin_policy.h"
#include "socketio/socketio_options.h"

#include <atomic>
#include <cstddef>

namespace flux::socketio {

/// What the shards of one server share: settings, and what is counted over all of them. Thread:
/// any.
struct EngineShared {
    EngineShared(const SocketIoOptions& server_options, std::size_t shard_count);

    const SocketIoOptions options;
    const std::size_t shards;
    const OriginPolicy origins;
    AddressBudget handshakes;
    AddressBudget messages;
    AddressCount sessions_of_address;
    std::atomic<std::size_t> sessions{0};
    std::atomic<std::size_t> reassembly_bytes{0};
};

}  // namespace flux::socketio
