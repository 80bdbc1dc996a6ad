// How long a start goes on trying what cannot be done yet.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "runtime/task.h"

#include <functional>
#include <string>

namespace flux {

/// Tries again, with back-off, what fails with Retry::kLater. A cluster that comes up answers
/// questions before it can do everything, so that one answer is no proof that the rest works.
/// Copies are alike. Thread: any, one at a time.
class Patience {
public:
    /// None: everything is tried once.
    Patience() = default;

    /// Until `until`, or until `abandoned()`, which is asked on the shard that tries.
    Patience(SteadyTime until, std::function<bool()> abandoned);

    /// Returns the success of `attempt`, an error of it that does not pass by waiting, or its last
    /// error once the time is over. At least one try is made. `what` is tried, for the log
    /// (`start.waiting`). Errors: of `attempt`; kClosed (abandoned). Thread: a shard's; the
    /// patience outlives the task.
    Task<Result<void>> Try(std::string what, std::function<Task<Result<void>>()> attempt) const;

private:
    SteadyTime until_ = SteadyTime::min();
    std::function<bool()> abandoned_;
};

}  // namespace flux
