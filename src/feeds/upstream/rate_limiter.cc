#include "feeds/upstream/rate_limiter.h"

#include "base/assert.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace flux::feeds {

RateLimiter::RateLimiter(const Clock& clock, double per_second, double burst)
    : clock_(clock),
      per_second_(per_second),
      burst_(burst),
      tokens_(burst),
      refilled_(clock.Now()) {
    FLUX_ASSERT(per_second > 0 && burst >= 1);
}

void RateLimiter::Refill() {
    const SteadyTime now = clock_.Now();
    const std::chrono::duration<double> passed = now - refilled_;
    tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
    refilled_ = now;
}

bool RateLimiter::TryTake() {
    Refill();
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
}

Milliseconds RateLimiter::Take() {
    Refill();
    tokens_ -= 1;
    if (tokens_ >= 0) return Milliseconds(0);
    return Milliseconds(static_cast<std::int64_t>(std::ceil(-tokens_ / per_second_ * 1000)));
}

}  // namespace flux::feeds
