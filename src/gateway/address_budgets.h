// How often the clients of one address may ask for something dear.
#pragma once

#include "base/clock.h"
#include "gateway/token_bucket.h"
#include "net/address.h"

#include <cstdint>
#include <vector>

namespace flux::gateway {

/// A bucket per client address in a table that does not grow: who shares one of its two cells with
/// a busy neighbour goes by the other. Thread: one at a time.
class AddressBudgets {
public:
    AddressBudgets(const Rate& rate, std::uint64_t seed, SteadyTime now);

    /// Takes one token of the address, or none.
    bool Take(const net::IpAddress& address, SteadyTime now);

    /// How long until Take succeeds, if nobody else takes.
    Milliseconds Wait(const net::IpAddress& address, SteadyTime now);

private:
    const Rate rate_;
    const std::uint64_t seed_;
    std::vector<TokenBucket> rows_[2];
};

}  // namespace flux::gateway
