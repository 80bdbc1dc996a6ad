// SIGINT and SIGTERM: the first asks to stop, the second ends at once.
#pragma once

#include "base/clock.h"

#include <optional>

namespace flux::app {

/// Takes over both signals while it lives. Make it before any thread is started, so that every
/// thread inherits the mask. One per process. Thread: main.
class StopSignals {
public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals();

    /// Blocks until one arrives, and returns its number.
    int Wait();

    /// One that has arrived already, if any. Does not block.
    std::optional<int> Poll();

    /// From now on either signal ends the process at once (128 + its number), and so does the end
    /// of `time_max` (exit code 1), each with a line on stderr: nobody has to wait for a shutdown
    /// that hangs.
    static void EndAtOnceFromNowOn(Milliseconds time_max);
};

}  // namespace flux::app
