// How much each client address may ask for, over all shards, in memory that does not grow.
#pragma once

#include "socketio/address_cells.h"
#include "socketio/rate_limit.h"

#include <array>
#include <cstdint>
#include <memory>

namespace flux::socketio {

/// A rate with a burst per client address: of messages, of bytes, ... There is no list of addresses
/// and nothing to clean up. Thread: any.
class AddressBudget {
public:
    /// The first two as RateLimit's. `seed` makes the hash secret.
    AddressBudget(std::uint64_t per_second, std::uint64_t burst, std::uint64_t seed);
    AddressBudget(const AddressBudget&) = delete;
    AddressBudget& operator=(const AddressBudget&) = delete;

    /// Takes `amount` from the budget of `address`; false when there is not so much.
    bool Admit(const net::IpAddress& address, std::uint64_t amount, SteadyTime now);

private:
    using Row = std::array<RateLimit::Cell, AddressCells::kPerRow>;

    const RateLimit limit_;
    const std::uint64_t seed_;
    const std::unique_ptr<std::array<Row, 2>> rows_;
};

}  // namespace flux::socketio
