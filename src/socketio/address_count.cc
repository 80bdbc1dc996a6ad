#include "socketio/address_count.h"

namespace flux::socketio {

AddressCount::AddressCount(std::uint32_t max, std::uint64_t seed)
    : max_(max),
      seed_(seed),
      rows_(std::make_unique<std::array<Row, 2>>()) {}

bool AddressCount::Enter(const net::IpAddress& address) {
    const AddressCells cells = AddressCells::Of(address, seed_);
    const std::uint32_t first = (*rows_)[0][cells.first].fetch_add(1, std::memory_order_relaxed);
    const std::uint32_t second = (*rows_)[1][cells.second].fetch_add(1, std::memory_order_relaxed);
    if (first < max_ || second < max_) return true;
    Leave(address);
    return false;
}

void AddressCount::Leave(const net::IpAddress& address) {
    const AddressCells cells = AddressCells::Of(address, seed_);
    (*rows_)[0][cells.first].fetch_sub(1, std::memory_order_relaxed);
    (*rows_)[1][cells.second].fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace flux::socketio
