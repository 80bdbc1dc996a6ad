#include "socketio/address_budget.h"

#include <algorithm>

namespace flux::socketio {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

}  // namespace

AddressBudget::AddressBudget(std::uint32_t per_second, std::uint32_t burst, std::uint64_t seed)
    : seed_(seed) {
    if (per_second == 0) return;
    interval_ns_ = kSecondNs / per_second;
    burst_ns_ = interval_ns_ * std::max<std::uint32_t>(burst, 1);
    rows_ = std::make_unique<std::array<Row, 2>>();
}

bool AddressBudget::Admit(const net::IpAddress& address, SteadyTime now) {
    if (rows_ == nullptr) return true;
    const AddressCells cells = AddressCells::Of(address, seed_);
    const std::int64_t now_ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
    const bool first = Take((*rows_)[0][cells.first], now_ns);
    const bool second = Take((*rows_)[1][cells.second], now_ns);
    return first || second;
}

bool AddressBudget::Take(std::atomic<std::int64_t>& cell, std::int64_t now_ns) const {
    std::int64_t due = cell.load(std::memory_order_relaxed);
    for (;;) {
        const std::int64_t next = std::max(due, now_ns) + interval_ns_;
        if (next - now_ns > burst_ns_) return false;
        if (cell.compare_exchange_weak(due, next, std::memory_order_relaxed)) return true;
    }
}

}  // namespace flux::socketio
