// Two places for each client address in tables that do not grow.
#pragma once

#include "net/address.h"

#include <cstddef>
#include <cstdint>

namespace flux::socketio {

/// The cells of an address in a table of two rows, by a secret hash. Whoever is to be refused must
/// be over the bound in both, so a busy neighbour that shares one of them does no harm. IPv6
/// clients are their /64 (IpAddress::Network). Thread: any.
struct AddressCells {
    static constexpr std::size_t kPerRow = 8192;

    /// `seed` keeps the hash secret: nobody can choose neighbours.
    static AddressCells Of(const net::IpAddress& address, std::uint64_t seed);

    std::size_t first = 0;   ///< in row 0
    std::size_t second = 0;  ///< in row 1
};

}  // namespace flux::socketio
