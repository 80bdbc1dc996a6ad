// What the clients of one address may ask for together.
#pragma once

#include "base/clock.h"
#include "net/address.h"
#include "socketio/address_budget.h"

#include <cstddef>
#include <cstdint>

namespace flux::gateway {

struct WholeRate {
    std::uint32_t per_second = 0;  ///< on average; 0: no limit
    std::uint32_t burst = 0;       ///< at once after a pause
};

/// Of one client address (IPv6: its /64), over all sessions and shards.
struct AddressOptions {
    WholeRate intents{.per_second = 300, .burst = 1'500};  ///< client events
    WholeRate joins{.per_second = 400, .burst = 2'000};    ///< rooms
    bool loopback = false;  ///< clients of this machine have these budgets too
};

/// Who closes one session and opens the next has a new budget of its own, but not of its address.
/// Thread: any.
class AddressLimits {
public:
    explicit AddressLimits(const AddressOptions& options);

    /// Whether a client of `address` may send an event.
    bool TakeIntent(const net::IpAddress& address, SteadyTime now);

    /// Whether it may join so many rooms; else nothing was taken.
    bool TakeJoins(const net::IpAddress& address, std::size_t rooms, SteadyTime now);

private:
    const bool loopback_;
    socketio::AddressBudget intents_;
    socketio::AddressBudget joins_;
};

}  // namespace flux::gateway
