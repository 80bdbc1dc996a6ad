// How many sessions each client address has, over all shards, in memory that does not grow.
#pragma once

#include "socketio/address_cells.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace flux::socketio {

/// Counts in two cells per address; what both cells allow is allowed. Thread: any.
class AddressCount {
public:
    AddressCount(std::uint32_t max, std::uint64_t seed);
    AddressCount(const AddressCount&) = delete;
    AddressCount& operator=(const AddressCount&) = delete;

    /// Counts `amount` more for `address`; false, and nothing counted, when it would have more than
    /// `max`.
    bool Enter(const net::IpAddress& address, std::uint32_t amount = 1);
    /// So much less; call once for each Enter that was true, with its amount.
    void Leave(const net::IpAddress& address, std::uint32_t amount = 1);

private:
    using Row = std::array<std::atomic<std::uint32_t>, AddressCells::kPerRow>;

    const std::uint32_t max_;
    const std::uint64_t seed_;
    const std::unique_ptr<std::array<Row, 2>> rows_;
};

}  // namespace flux::socketio
