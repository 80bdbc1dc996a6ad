// What all clients together may ask for, over all shards.
#pragma once

#include "socketio/rate_limit.h"

#include <cstddef>
#include <cstdint>

namespace flux::socketio {

/// A rate with a burst that everyone spends from. Without a limit nothing shared is touched.
/// Thread: any.
class RateBudget {
public:
    /// As RateLimit's.
    RateBudget(std::uint64_t per_second, std::uint64_t burst)
        : limit_(per_second, burst) {}
    RateBudget(const RateBudget&) = delete;
    RateBudget& operator=(const RateBudget&) = delete;

    /// Takes `amount`; false when there is not so much.
    bool Admit(std::uint64_t amount, SteadyTime now) {
        return limit_.none() || limit_.Take(cell_, amount, now);
    }

private:
    static constexpr std::size_t kCacheLine = 64;

    const RateLimit limit_;
    // Apart from what the shards only read.
    alignas(kCacheLine) RateLimit::Cell cell_{0};
};

}  // namespace flux::socketio
