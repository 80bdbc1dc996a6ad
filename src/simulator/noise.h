// Chance that depends on time alone: the same seed and the same time give the same value, whoever
// asks and however often.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string_view>

namespace flux::simulator {

/// A well mixed number from two. Thread: any.
std::uint64_t Mix(std::uint64_t a, std::uint64_t b);

/// A number from a text. Thread: any.
std::uint64_t Mix(std::uint64_t seed, std::string_view text);

/// Even over [0, 1).
double UnitOf(std::uint64_t number);

/// Smooth over time, from -1 to 1: a new value each `period`, and a curve between them. Thread:
/// any.
double SmoothNoise(std::uint64_t seed, WallMillis time, Milliseconds period);

/// A walk that looks like a price's: restless on every scale from half a minute to a month, and
/// bound to its beginning beyond. Value type; thread: any.
class TimeWalk {
public:
    /// `deviation_per_day`: of the logarithm, about.
    TimeWalk(std::uint64_t seed, double deviation_per_day)
        : seed_(seed),
          deviation_per_day_(deviation_per_day) {}

    /// What the price is multiplied by at `time`; above 0.
    double FactorAt(WallMillis time) const;

private:
    std::uint64_t seed_;
    double deviation_per_day_;
};

}  // namespace flux::simulator
