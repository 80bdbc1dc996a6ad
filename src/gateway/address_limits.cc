#include "gateway/address_limits.h"

#include "base/random.h"

namespace flux::gateway {

AddressLimits::AddressLimits(const AddressOptions& options)
    : loopback_(options.loopback),
      intents_(options.intents.per_second, options.intents.burst, SecureRandomSeed()),
      joins_(options.joins.per_second, options.joins.burst, SecureRandomSeed()) {}

bool AddressLimits::TakeIntent(const net::IpAddress& address, SteadyTime now) {
    if (address.is_loopback() && !loopback_) return true;
    return intents_.Admit(address, 1, now);
}

bool AddressLimits::TakeJoins(const net::IpAddress& address, std::size_t rooms, SteadyTime now) {
    if (rooms == 0 || (address.is_loopback() && !loopback_)) return true;
    return joins_.Admit(address, rooms, now);
}

}  // namespace flux::gateway
