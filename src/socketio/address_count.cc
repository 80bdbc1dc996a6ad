#include "socketio/address_count.h"

namespace flux::socketio {

AddressCount::AddressCount(std::uint32_t max, std::uint64_t seed)
    : max_(max),
      seed_(seed),
      rows_(std::make_unique<std::array<Row, 2>>()) {}

bool AddressCount::Enter(const net::IpAddress& address, std::uint32_t amount) {
    const AddressCells cells = AddressCells::Of(address, seed_);
    constexpr auto kRelaxed = std::memory_order_relaxed;
    const std::uint64_t first = (*rows_)[0][cells.first].fetch_add(amount, kRelaxed);
    const std::uint64_t second = (*rows_)[1][cells.second].fetch_add(amount, kRelaxed);
    if (first + amount <= max_ || second + amount <= max_) return true;
    Leave(address, amount);
    return false;
}

void AddressCount::Leave(const net::IpAddress& address, std::uint32_t amount) {
    const AddressCells cells = AddressCells::Of(address, seed_);
    (*rows_)[0][cells.first].fetch_sub(amount, std::memory_order_relaxed);
    (*rows_)[1][cells.second].fetch_sub(amount, std::memory_order_relaxed);
}

}  // namespace flux::socketio
