#include "simulator/coinbase/request_budget.h"

#include "limits/limits.h"

#include <algorithm>
#include <chrono>

namespace flux::simulator {

double RequestBudget::TokensNow(const Bucket& bucket) const {
    const std::chrono::duration<double> passed = clock_.Now() - bucket.filled;
    return std::min(burst_, bucket.tokens + passed.count() * per_second_);
}

void RequestBudget::ForgetTheQuiet() {
    std::erase_if(buckets_, [this](const auto& entry) {
        return TokensNow(entry.second) >= burst_;
    });
}

bool RequestBudget::Take(const net::IpAddress& address) {
    auto found = buckets_.find(address);
    if (found == buckets_.end()) {
        if (buckets_.size() >= limits::kSimulatorAddressesMax) ForgetTheQuiet();
        if (buckets_.size() >= limits::kSimulatorAddressesMax) return false;
        found = buckets_.emplace(address, Bucket{burst_, clock_.Now()}).first;
    }
    Bucket& bucket = found->second;
    bucket.tokens = TokensNow(bucket);
    bucket.filled = clock_.Now();
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
}

}  // namespace flux::simulator
