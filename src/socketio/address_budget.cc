#include "socketio/address_budget.h"

namespace flux::socketio {

AddressBudget::AddressBudget(std::uint64_t per_second, std::uint64_t burst, std::uint64_t seed)
    : limit_(per_second, burst),
      seed_(seed),
      rows_(limit_.none() ? nullptr : std::make_unique<std::array<Row, 2>>()) {}

bool AddressBudget::Admit(const net::IpAddress& address, std::uint64_t amount, SteadyTime now) {
    if (limit_.none()) return true;
    const AddressCells cells = AddressCells::Of(address, seed_);
    const bool first = limit_.Take((*rows_)[0][cells.first], amount, now);
    const bool second = limit_.Take((*rows_)[1][cells.second], amount, now);
    return first || second;
}

}  // namespace flux::socketio
