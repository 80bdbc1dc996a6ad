// Wakes one coroutine from any thread.
#pragma once

#include "base/clock.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>

namespace flux::bus {

/// A flag one coroutine of a shard waits for. Raised flags merge; none is lost: a Raise before the
/// Wait ends it at once. Held by shared_ptr, because a letter to the shard may be on its way when
/// the coroutine has ended. Thread: Raise any, the rest the shard's.
class ShardSignal : public std::enable_shared_from_this<ShardSignal> {
public:
    explicit ShardSignal(Shard& shard);

    /// Any thread; never blocks. At most one letter is under way, which bounds what is posted past
    /// the mailbox's limit.
    void Raise();

    /// Forgets an earlier Raise, before looking at what it stood for.
    void Lower() { raised_ = false; }

    /// Returns when it is raised, and lowers it.
    Task<> Wait();

    /// As Wait, for at most `longest`.
    Task<> WaitAtMost(Milliseconds longest);

private:
    void Arrive();

    Shard& shard_;
    boost::asio::steady_timer timer_;
    std::atomic<bool> under_way_{false};
    bool raised_ = false;
};

}  // namespace flux::bus
