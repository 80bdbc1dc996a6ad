// What all shards of one Engine.IO server share.
#pragma once

#include "net/inbound_budget.h"
#include "socketio/address_budget.h"
#include "socketio/address_count.h"
#include "socketio/engine_stats.h"
#include "socketio/origin_policy.h"
#include "socketio/rate_budget.h"
#include "socketio/socketio_options.h"

#include <atomic>
#include <cstddef>
#include <optional>

namespace flux::socketio {

/// What the shards of one server share: settings, and what is counted over all of them. Thread:
/// any.
struct EngineShared {
    EngineShared(const SocketIoOptions& server_options, std::size_t shard_count);

    /// Whether `client` is under the budgets at all.
    bool Budgeted(const net::IpAddress& client) const {
        return options.limit_loopback || !client.is_loopback();
    }

    /// Takes a handshake of `client` from the budgets; else why not.
    std::optional<Refusal> SpendHandshake(const net::IpAddress& client, const Clock& clock);

    /// Takes a message of so many bytes; else what was used up.
    std::optional<Budget> SpendMessage(
        const net::IpAddress& client, std::size_t message_bytes, const Clock& clock
    );

    const SocketIoOptions options;
    const std::size_t shards;
    const OriginPolicy origins;
    AddressBudget handshakes;
    AddressBudget messages;
    AddressBudget bytes;
    RateBudget total_handshakes;
    RateBudget total_messages;
    RateBudget total_bytes;
    AddressCount sessions_of_address;
    std::atomic<std::size_t> sessions{0};
    net::InboundBudget reassembly;  // binary packets whose attachments are coming
};

}  // namespace flux::socketio
