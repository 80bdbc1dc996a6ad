// How long to wait before the next try.
#pragma once

#include "base/clock.h"
#include "base/random.h"

#include <algorithm>

namespace flux {

/// Exponential back-off with full jitter in its upper half: each wait is drawn from [step/2, step],
/// and the step doubles up to `longest`. Thread: one at a time.
class Backoff {
public:
    Backoff(Milliseconds first, Milliseconds longest, Random& random)
        : first_(first),
          longest_(longest),
          step_(first),
          random_(random) {}

    /// The wait before the next try.
    Milliseconds Next() {
        const auto half = step_.count() / 2;
        const auto wait =
            half + static_cast<std::int64_t>(
                       random_.Below(static_cast<std::uint64_t>(step_.count() - half) + 1)
                   );
        step_ = std::min(step_ * 2, longest_);
        return Milliseconds(wait);
    }

    /// A try succeeded: the next failure waits the first step again.
    void Reset() { step_ = first_; }

private:
    const Milliseconds first_;
    const Milliseconds longest_;
    Milliseconds step_;
    Random& random_;
};

}  // namespace flux
