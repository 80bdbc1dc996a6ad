#include "gateway/address_budgets.h"

#include "socketio/address_cells.h"

#include <algorithm>

namespace flux::gateway {

using socketio::AddressCells;

AddressBudgets::AddressBudgets(const Rate& rate, std::uint64_t seed, SteadyTime now)
    : rate_(rate),
      seed_(seed) {
    for (std::vector<TokenBucket>& row : rows_)
        row.assign(AddressCells::kPerRow, TokenBucket(rate, now));
}

bool AddressBudgets::Take(const net::IpAddress& address, SteadyTime now) {
    const AddressCells cells = AddressCells::Of(address, seed_);
    const bool first = rows_[0][cells.first].Take(rate_, 1, now);
    const bool second = rows_[1][cells.second].Take(rate_, 1, now);
    return first || second;
}

Milliseconds AddressBudgets::Wait(const net::IpAddress& address, SteadyTime now) {
    const AddressCells cells = AddressCells::Of(address, seed_);
    return std::min(
        rows_[0][cells.first].Wait(rate_, 1, now), rows_[1][cells.second].Wait(rate_, 1, now)
    );
}

}  // namespace flux::gateway
