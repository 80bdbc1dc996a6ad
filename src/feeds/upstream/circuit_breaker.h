// Stops asking who fails again and again.
#pragma once

#include "base/clock.h"

#include <optional>

namespace flux::feeds {

struct BreakerOptions {
    int failures = 3;               ///< in a row; that many open it
    Milliseconds cooldown{60'000};  ///< open so long; then one caller may try
};

/// Closed -> open after so many failures in a row -> half-open after the cooldown: one caller is
/// let through, whose success closes it and whose failure opens it again. What calls from before
/// report meanwhile changes nothing. Thread: one at a time.
class CircuitBreaker {
public:
    /// A call that may be made; it reports with this.
    struct Pass {
        bool trial = false;  ///< the one of the half-open state
    };

    CircuitBreaker(const Clock& clock, BreakerOptions options);

    /// Whether a call may be made now; in the half-open state only the first is told so until it
    /// reports, once, by one of the three below.
    std::optional<Pass> TryPass();
    void Succeeded(Pass pass);
    void Failed(Pass pass);
    /// The call was never made, or says nothing about the source.
    void Withdrawn(Pass pass);

    /// When a call may be tried again; nothing: now. A time that has passed: somebody is trying.
    std::optional<SteadyTime> OpenUntil() const;

    /// Not closed: the last calls failed, and none has succeeded since.
    bool open() const { return open_until_.has_value(); }

private:
    const Clock& clock_;
    const BreakerOptions options_;
    int failures_ = 0;
    bool trying_ = false;
    std::optional<SteadyTime> open_until_;  // set: open, or half-open once it has passed
};

}  // namespace flux::feeds
