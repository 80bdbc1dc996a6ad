// How often one session may ask.
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace flux::gateway {

struct Rate {
    double per_second = 1;
    double burst = 1;  ///< what may be taken at once after a pause
};

/// Thread: one at a time.
class TokenBucket {
public:
    TokenBucket(const Rate& rate, SteadyTime now)
        : tokens_(rate.burst),
          filled_(now) {}

    /// Takes `tokens`, or nothing when there are fewer.
    bool Take(const Rate& rate, double tokens, SteadyTime now) {
        Fill(rate, now);
        if (tokens_ < tokens) return false;
        tokens_ -= tokens;
        return true;
    }

    /// How long until there are `tokens`, which are not more than the burst.
    Milliseconds Wait(const Rate& rate, double tokens, SteadyTime now) {
        Fill(rate, now);
        if (tokens_ >= tokens) return Milliseconds(0);
        const double seconds = (tokens - tokens_) / rate.per_second;
        return Milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1'000)));
    }

private:
    void Fill(const Rate& rate, SteadyTime now) {
        const std::chrono::duration<double> passed = now - filled_;
        tokens_ = std::min(rate.burst, tokens_ + passed.count() * rate.per_second);
        filled_ = now;
    }

    double tokens_;
    SteadyTime filled_;
};

}  // namespace flux::gateway
