// How often, or how much: a rate with a burst, measured against one atomic number.
#pragma once

#include "base/clock.h"

#include <atomic>
#include <cstdint>

namespace flux::socketio {

/// A rate with a burst (GCRA). What is spent lies in a cell: the time at which all that was taken
/// so far will have been earned, moved by compare-and-swap. So there is no lock and no timer, and
/// an idle cell needs no care. Thread: any.
class RateLimit {
public:
    using Cell = std::atomic<std::int64_t>;  ///< begins as 0

    /// Units (messages, bytes, ...) on average, and how many at once after a pause; a burst of 0
    /// is 1. `per_second` 0: no limit.
    RateLimit(std::uint64_t per_second, std::uint64_t burst);

    bool none() const { return ticks_per_unit_ == 0; }

    /// Takes `amount` from `cell`; false when there is not so much, and nothing was taken. More
    /// than the burst is never there. Not when none().
    bool Take(Cell& cell, std::uint64_t amount, SteadyTime now) const;

private:
    double ticks_per_unit_ = 0;
    std::int64_t burst_ticks_ = 0;
};

}  // namespace flux::socketio
