// Deadlines by the thousand, without a timer object or an allocation for each.
#pragma once

#include "base/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace flux {

class TimerWheel;

/// A deadline inside the object it concerns. Disarms itself when destroyed. Thread: its wheel's.
class WheelTimer {
public:
    WheelTimer() = default;
    WheelTimer(const WheelTimer&) = delete;
    WheelTimer& operator=(const WheelTimer&) = delete;
    virtual ~WheelTimer() { Disarm(); }

    bool armed() const { return wheel_ != nullptr; }
    SteadyTime deadline() const { return deadline_; }
    void Disarm();

protected:
    /// The deadline has passed. The timer is disarmed; it may be armed again or its owner destroyed
    /// here.
    virtual void OnDeadline() = 0;

private:
    friend class TimerWheel;
    TimerWheel* wheel_ = nullptr;
    WheelTimer* next_ = nullptr;
    WheelTimer* previous_ = nullptr;
    SteadyTime deadline_;
    std::uint32_t slot_ = 0;
};

/// A WheelTimer that calls a member function: `MemberTimer<Session, &Session::OnPingDue>
/// ping_{*this};`
template <class Owner, void (Owner::*Function)()>
class MemberTimer final : public WheelTimer {
public:
    explicit MemberTimer(Owner& owner)
        : owner_(owner) {}

private:
    void OnDeadline() override { (owner_.*Function)(); }
    Owner& owner_;
};

/// A hashed wheel: arming and disarming are O(1); deadlines fire up to one tick (4 ms) late and
/// never early. Thread: one shard's.
class TimerWheel {
public:
    static constexpr Milliseconds kTick{4};

    explicit TimerWheel(SteadyTime now);
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;
    ~TimerWheel();

    /// Arms `timer` for `deadline`, replacing the deadline it had.
    void Arm(WheelTimer& timer, SteadyTime deadline);

    /// Fires what is due at `now`.
    void Advance(SteadyTime now);

    /// When Advance should be called next: never late, sometimes early. SteadyTime::max() when
    /// nothing is armed.
    SteadyTime NextDue() const {
        return armed_ == 0 ? SteadyTime::max() : start_ + next_tick_ * kTick;
    }

    std::size_t armed() const { return armed_; }

private:
    friend class WheelTimer;
    static constexpr std::size_t kSlots = 1024;
    struct Slot {
        WheelTimer* first = nullptr;
    };

    std::int64_t TickOf(SteadyTime time) const;
    void Link(WheelTimer& timer, std::int64_t tick);
    void Unlink(WheelTimer& timer);
    void FireSlot(std::int64_t tick, SteadyTime now);
    void FindNextTick();

    std::array<Slot, kSlots> slots_{};
    SteadyTime start_;
    std::int64_t current_tick_ = 0;
    std::int64_t next_tick_ = 0;  // no slot before it holds a timer
    std::size_t armed_ = 0;
};

}  // namespace flux
