// Whether the other side still speaks.
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <chrono>

namespace flux::feeds {

/// Remembers when something was last heard of a stream that is never silent while it lives (it
/// sends heartbeats), and when the silence has become too long. Thread: one at a time.
class Liveness {
public:
    /// `silence_max` without a frame means dead. The time of making counts as heard.
    Liveness(const Clock& clock, Milliseconds silence_max)
        : clock_(clock),
          silence_max_(silence_max),
          heard_(clock.Now()) {}

    void Heard() { heard_ = clock_.Now(); }

    /// How much longer the silence may last, rounded up; 0 when it has lasted too long.
    Milliseconds Remaining() const {
        const auto left = heard_ + silence_max_ - clock_.Now();
        return std::max(std::chrono::ceil<Milliseconds>(left), Milliseconds(0));
    }

    bool Dead() const { return Remaining() == Milliseconds(0); }

private:
    const Clock& clock_;
    const Milliseconds silence_max_;
    SteadyTime heard_;
};

}  // namespace flux::feeds
