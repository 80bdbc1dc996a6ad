// One thread with one event loop: everything that belongs together lives on one shard for life.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "base/strong_id.h"
#include "base/unique_function.h"
#include "runtime/mailbox.h"
#include "runtime/timer_wheel.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <vector>

namespace flux {

using ShardId = StrongId<struct ShardIdTag, std::uint16_t>;

/// Work a shard does at the end of every turn of its loop, after all handlers that were ready have
/// run: drain a ring, flush the sockets that became dirty. Must outlive its registration.
class TurnHook {
public:
    virtual ~TurnHook() = default;
    virtual void AtTurnEnd() = 0;
};

struct ShardStats {
    Counter turns;               ///< turns of the loop
    Counter wakes;               ///< turns started by another thread
    SharedCounter mailbox_full;  ///< letters refused because the mailbox was full
};

/// A single-threaded event loop.
///
/// A turn: wait until something is ready, run what is ready, open the letters in the mailbox, call
/// the turn hooks. So whatever arrives together is handled together, and sockets are flushed once
/// for all of it.
///
/// Thread: Run() makes the calling thread the shard's thread. Unless a member says "any thread", it
/// belongs to that thread (or to no one, before Run).
class Shard {
public:
    Shard(ShardId id, const Clock& clock);
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;
    ~Shard();

    ShardId id() const { return id_; }  // any thread
    boost::asio::io_context& io() { return io_; }
    const Clock& clock() const { return clock_; }  // any thread

    /// The time at the start of this turn: cheap, and the same for everything handled together.
    SteadyTime now() const { return now_; }

    /// Deadlines by the thousand (heartbeats, timeouts), a few milliseconds coarse.
    TimerWheel& timers() { return timers_; }

    /// The shard whose thread is calling, or nullptr. Any thread.
    static Shard* Current();

    /// Leaves a letter to be opened on this shard's thread. Any thread; never blocks.
    /// False when the mailbox is full: nothing was queued, `letter` is untouched, and the caller
    /// must have an answer.
    [[nodiscard]] bool Post(UniqueFunction<void()>&& letter);

    /// As Post, for the few letters that must not be lost (replies whose slot the request has
    /// reserved, start, stop). Not bounded, so the sender must be. Any thread.
    void PostReserved(UniqueFunction<void()> letter);

    /// Starts a turn soon even if no descriptor is ready. Any thread; costs one system call at
    /// most, none when the shard is awake already.
    void Wake();

    void AddTurnHook(TurnHook& hook);
    void RemoveTurnHook(TurnHook& hook);

    /// Runs turns until Stop. The calling thread becomes the shard's.
    void Run();

    /// Ends Run after the current turn. Any thread.
    void Stop();

    const ShardStats& stats() const { return stats_; }  // any thread

private:
    void ArmWake();
    void ArmTimers();
    void EndTurn();

    const ShardId id_;
    const Clock& clock_;
    boost::asio::io_context io_;
    boost::asio::posix::stream_descriptor wake_descriptor_;
    std::atomic<bool> wake_pending_{false};
    std::atomic<bool> stopping_{false};
    SteadyTime now_;
    Mailbox mailbox_;
    TimerWheel timers_;
    boost::asio::steady_timer wheel_timer_;
    SteadyTime wheel_armed_for_ = SteadyTime::max();
    std::vector<TurnHook*> hooks_;
    ShardStats stats_;
};

}  // namespace flux
