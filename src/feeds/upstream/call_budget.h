// How many calls a source allows within any stretch of time.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace flux::feeds {

/// At most `calls` in any stretch of `per`: a sliding window, not a bucket, because vendors count
/// so.
struct CallLimit {
    std::size_t calls = 60;
    Milliseconds per{60'000};
};

/// Several limits that hold together, and a time until which the source wants to be left alone.
/// Memory: one time per call of the longest window. Thread: one at a time.
class CallBudget {
public:
    CallBudget(const Clock& clock, std::vector<CallLimit> limits);

    bool TryTake();
    /// When the next call is allowed; nothing: now.
    std::optional<SteadyTime> NextAt() const;
    void CloseUntil(SteadyTime until);

private:
    const Clock& clock_;
    const std::vector<CallLimit> limits_;
    std::deque<SteadyTime> taken_;
    SteadyTime closed_until_;
};

}  // namespace flux::feeds
