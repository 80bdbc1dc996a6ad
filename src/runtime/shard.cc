#include "runtime/shard.h"

#include "base/assert.h"
#include "limits/limits.h"

#include <algorithm>
#include <sys/eventfd.h>
#include <unistd.h>

namespace flux {
namespace {

thread_local Shard* current_shard = nullptr;

/// Handlers run before the end-of-turn work gets its turn, so a busy socket cannot hold back
/// everyone's flush.

}  // namespace

Shard::Shard(ShardId id, const Clock& clock)
    : id_(id),
      clock_(clock),
      io_(1),
      wake_descriptor_(io_),
      now_(clock.Now()),
      mailbox_(limits::kMailboxLettersMax),
      timers_(now_),
      wheel_timer_(io_) {
    const int descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    FLUX_ASSERT(descriptor >= 0);
    wake_descriptor_.assign(descriptor);
}

Shard::~Shard() = default;

Shard* Shard::Current() {
    return current_shard;
}

bool Shard::Post(UniqueFunction<void()>&& letter) {
    if (!mailbox_.Post(std::move(letter))) {
        stats_.mailbox_full.Add();
        return false;
    }
    Wake();
    return true;
}

void Shard::PostReserved(UniqueFunction<void()> letter) {
    mailbox_.PostReserved(std::move(letter));
    Wake();
}

void Shard::Wake() {
    if (wake_pending_.exchange(true, std::memory_order_acq_rel)) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written =
        ::write(wake_descriptor_.native_handle(), &one, sizeof one);
}

void Shard::AddTurnHook(TurnHook& hook) {
    hooks_.push_back(&hook);
}

void Shard::RemoveTurnHook(TurnHook& hook) {
    std::erase(hooks_, &hook);
}

void Shard::Run() {
    current_shard = this;
    ArmWake();
    while (!stopping_.load(std::memory_order_acquire)) {
        ArmTimers();
        io_.run_one();
        now_ = clock_.Now();
        for (std::size_t i = 1; i < limits::kHandlersPerTurnMax && io_.poll_one() > 0; ++i) {
        }
        EndTurn();
    }
    wake_descriptor_.cancel();
    wheel_timer_.cancel();
    io_.poll();
    current_shard = nullptr;
}

void Shard::Stop() {
    stopping_.store(true, std::memory_order_release);
    // Straight to the descriptor: a wake may be pending that the loop has already consumed.
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written =
        ::write(wake_descriptor_.native_handle(), &one, sizeof one);
}

void Shard::ArmWake() {
    wake_descriptor_.async_wait(
        boost::asio::posix::stream_descriptor::wait_read,
        [this](const boost::system::error_code& error) {
            if (error) return;
            std::uint64_t count = 0;
            [[maybe_unused]] const ssize_t got =
                ::read(wake_descriptor_.native_handle(), &count, sizeof count);
            stats_.wakes.Add();
            ArmWake();
        }
    );
}

void Shard::ArmTimers() {
    const SteadyTime due = timers_.NextDue();
    if (due >= wheel_armed_for_) return;
    wheel_armed_for_ = due;
    wheel_timer_.expires_at(due);
    wheel_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) wheel_armed_for_ = SteadyTime::max();
    });
}

void Shard::EndTurn() {
    stats_.turns.Add();
    // Before the drain: who posts after this line finds the flag down and writes the descriptor
    // again.
    wake_pending_.exchange(false, std::memory_order_acq_rel);
    timers_.Advance(now_);
    mailbox_.OpenAll();
    for (std::size_t i = 0; i < hooks_.size(); ++i)
        hooks_[i]->AtTurnEnd();
}

}  // namespace flux
