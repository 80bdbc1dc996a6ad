// How much each client address may ask for, over all shards, in memory that does not grow.
#pragma once

#include "base/clock.h"
#include "socketio/address_cells.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace flux::socketio {

/// A rate with a burst per client address. A cell holds the theoretical arrival time of its next
/// request, moved by compare-and-swap, so there is no lock, no list of addresses and nothing to
/// clean up. Thread: any.
class AddressBudget {
public:
    /// `per_second` 0: everything is allowed. `seed` makes the hash secret.
    AddressBudget(std::uint32_t per_second, std::uint32_t burst, std::uint64_t seed);
    AddressBudget(const AddressBudget&) = delete;
    AddressBudget& operator=(const AddressBudget&) = delete;

    /// Takes one from the budget of `address`; false when it is used up.
    bool Admit(const net::IpAddress& address, SteadyTime now);

private:
    using Row = std::array<std::atomic<std::int64_t>, AddressCells::kPerRow>;

    bool Take(std::atomic<std::int64_t>& cell, std::int64_t now_ns) const;

    std::int64_t interval_ns_ = 0;
    std::int64_t burst_ns_ = 0;
    std::uint64_t seed_;
    std::unique_ptr<std::array<Row, 2>> rows_;
};

}  // namespace flux::socketio
