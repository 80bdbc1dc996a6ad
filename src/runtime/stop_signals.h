// SIGINT, SIGTERM and SIGHUP: the first asks to stop, the second ends at once, and so does a stop
// that takes too long.
#pragma once

#include "base/clock.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace flux {

/// How long a stop may take.
struct StopLimit {
    Milliseconds time_max;
    std::string_view name;  ///< what people call it: the setting, or the time itself
};

/// Takes over the signals while it lives; a thread of its own waits for them, so that they are
/// heard whatever the others do, also while the process still starts. From the first signal on the
/// stop is limited: after `limit.time_max` the process is ended (exit code 1), and the next signal
/// ends it at once (128 + its number), each with a line on stderr, so that nobody has to wait for
/// what hangs. Make it before any other thread is started, so that every thread inherits the mask.
/// One per process.
///
/// SIGPIPE is ignored from then on, to the end of the process: what reads our output may go away at
/// any time, and that is no reason to end without a shutdown.
class StopSignals {
public:
    explicit StopSignals(const StopLimit& limit);
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals();

    /// Whether one has arrived. Thread: any.
    bool requested() const;

    /// Blocks until one arrives, and returns its number. Thread: main.
    int Wait();

    /// From now on SIGHUP calls `reload`, on a thread of its own. With an empty one it asks to
    /// stop, as it does before: the terminal was closed. When this returns, the one before is not
    /// running any more. Thread: main.
    void OnHangUp(std::function<void()> reload);

    /// The stop begins without a signal, limited like any other. Changes nothing once one arrived.
    /// Thread: main.
    void BeginStop();

private:
    void Listen();
    bool Reload();
    void LimitStop();
    void Wake();

    const Milliseconds time_max_;
    const std::string late_line_;
    std::mutex reload_mutex_;  // held while it runs
    std::function<void()> reload_;
    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::optional<int> first_;               // the signal that asked
    std::optional<SteadyTime> stops_until_;  // once the stop has begun
    bool ending_ = false;                    // set by the destructor
    std::thread listener_;
};

}  // namespace flux
