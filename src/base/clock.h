// Time as an argument: what decides by time takes a Clock, so that a test can move it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace flux {

using SteadyTime = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

/// Milliseconds since the Unix epoch, UTC.
using WallMillis = std::int64_t;

/// Where time comes from. Thread: any.
class Clock {
public:
    virtual ~Clock() = default;

    /// Never goes back; only differences mean something.
    virtual SteadyTime Now() const = 0;

    /// The time people write down; may jump when the machine's clock is set.
    virtual WallMillis WallNow() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
public:
    SteadyTime Now() const override;
    WallMillis WallNow() const override;

    /// The one instance the program uses. Tests make a ManualClock instead.
    static const SystemClock& Instance();
};

/// A clock that stands still until it is moved.
class ManualClock final : public Clock {
public:
    SteadyTime Now() const override {
        return SteadyTime(std::chrono::nanoseconds(steady_ns_.load()));
    }
    WallMillis WallNow() const override { return wall_ms_.load(); }

    /// Moves both clocks on by `step`.
    void Advance(std::chrono::nanoseconds step) {
        steady_ns_ += step.count();
        wall_ms_ += std::chrono::duration_cast<Milliseconds>(step).count();
    }

private:
    std::atomic<std::int64_t> steady_ns_{1'000'000'000};
    std::atomic<std::int64_t> wall_ms_{1'700'000'000'000};
};

}  // namespace flux
