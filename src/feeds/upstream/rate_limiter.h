// How often a service may ask.
#pragma once

#include "base/clock.h"

namespace flux::feeds {

/// A token bucket: `burst` tokens at first, `per_second` new ones, never more than `burst`. It may
/// run into debt: who takes a token that is not there yet waits for it, and the next one behind
/// waits longer, so callers are spaced in the order they came.
///
/// Thread: one at a time. The number of callers that wait is theirs to bound.
class RateLimiter {
public:
    /// `per_second` and `burst` are at least 1.
    RateLimiter(const Clock& clock, double per_second, double burst);

    /// Takes one token now, or none; false when there is none.
    bool TryTake();

    /// Takes one token and says how long to wait before acting on it; 0 when it was there.
    Milliseconds Take();

private:
    void Refill();

    const Clock& clock_;
    const double per_second_;
    const double burst_;
    double tokens_;  // negative: promised to those who wait
    SteadyTime refilled_;
};

}  // namespace flux::feeds
