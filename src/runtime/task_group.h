// Coroutines that belong to one owner and end before it does.
#pragma once

#include "runtime/shard.h"
#include "runtime/task.h"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <exception>
#include <list>
#include <string>
#include <string_view>

namespace flux {

/// Spawns coroutines on one shard and waits for them. Thread: that shard's.
class TaskGroup {
public:
    explicit TaskGroup(Shard& shard);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// All tasks must have ended: call Drain first.
    ~TaskGroup();

    /// Starts `task` on the shard. An exception that leaves it is a bug, logged as `task.failed`
    /// with `name`; but for "operation aborted" after Drain has cancelled it, which is how a
    /// cancelled task leaves a further wait.
    void Spawn(std::string name, Task<> task);

    /// Asks every task to stop (Asio's terminal cancellation) and returns when all have ended.
    Task<> Drain();

    std::size_t running() const { return running_.size(); }

private:
    struct Running {
        boost::asio::cancellation_signal cancel;
        bool cancelled = false;
    };

    Shard& shard_;
    std::list<Running> running_;
    boost::asio::steady_timer ended_;
};

/// Logs an exception that left a task as `task.failed`; nothing when there is none.
void ReportTaskFailure(std::string_view task, const std::exception_ptr& failure);

/// Waits for `wait`; false when the surrounding task was cancelled meanwhile.
Task<bool> SleepFor(Milliseconds wait);

}  // namespace flux
