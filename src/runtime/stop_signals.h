// SIGINT and SIGTERM: the first asks to stop, the second ends at once.
#pragma once

#include "base/clock.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace flux {

/// Takes over both signals while it lives; a thread of its own waits for them, so that they are
/// heard whatever the others do, also while the process still starts. Make it before any other
/// thread is started, so that every thread inherits the mask. One per process.
class StopSignals {
public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals();

    /// Whether one has arrived. Thread: any.
    bool requested() const;

    /// Blocks until one arrives, and returns its number. Thread: main.
    int Wait();

    /// The stop begins. After `time_max` the process is ended (exit code 1), and from now on the
    /// next signal ends it at once (128 + its number), each with a line on stderr: nobody has to
    /// wait for a shutdown that hangs. `name`: what people call the limit. Thread: main.
    void LimitStop(Milliseconds time_max, std::string_view name);

private:
    void Listen();
    void Wake();

    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::optional<int> first_;               // the signal that asked
    std::string late_line_;                  // set by LimitStop, as
    std::optional<SteadyTime> stops_until_;  // set by LimitStop
    bool ending_ = false;                    // set by the destructor
    std::thread listener_;
};

}  // namespace flux
