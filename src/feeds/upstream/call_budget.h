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
/// A call that takes time counts from its beginning until `per` after its end, because nobody knows
/// when on the way the source counted it: so the source never sees more than the limit, however
/// slow the line. Memory: one time per call of the longest window. Thread: one at a time.
class CallBudget {
public:
    CallBudget(const Clock& clock, std::vector<CallLimit> limits);

    /// Counts a call of this moment; false when there may be none.
    bool TryTake();

    /// Counts a call that begins now; every one that was allowed is followed by an End.
    bool TryBegin();
    void End();

    /// When the next call is allowed; nothing: now. While calls are under way this is the earliest
    /// time it can be.
    std::optional<SteadyTime> NextAt() const;

    /// No call before `until`, whatever the limits say. A later call can only make it later.
    void CloseUntil(SteadyTime until);

private:
    /// The earliest time at which `limit` allows a call.
    SteadyTime AllowedAt(const CallLimit& limit, SteadyTime now) const;
    void Forget();

    const Clock& clock_;
    const std::vector<CallLimit> limits_;
    Milliseconds longest_{0};
    std::deque<SteadyTime> ended_;  // oldest first
    std::size_t under_way_ = 0;
    SteadyTime closed_until_ = SteadyTime::min();
};

}  // namespace flux::feeds
