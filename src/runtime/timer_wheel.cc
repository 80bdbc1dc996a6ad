#include "runtime/timer_wheel.h"

#include "base/assert.h"

#include <algorithm>

namespace flux {

void WheelTimer::Disarm() {
    if (wheel_ != nullptr) wheel_->Unlink(*this);
}

TimerWheel::TimerWheel(SteadyTime now)
    : start_(now) {}

TimerWheel::~TimerWheel() {
    for (Slot& slot : slots_) {
        while (slot.first != nullptr)
            Unlink(*slot.first);
    }
}

void TimerWheel::Arm(WheelTimer& timer, SteadyTime deadline) {
    timer.Disarm();
    timer.deadline_ = deadline;
    timer.wheel_ = this;
    // A deadline in the past belongs to the next tick: the current slot may be firing right now.
    // The tick after the last one there is cannot be written as a time.
    const std::int64_t after = std::min(TickOf(deadline) + 1, TickOf(SteadyTime::max()));
    const std::int64_t tick = std::max(after, current_tick_ + 1);
    next_tick_ = armed_ == 0 ? tick : std::min(next_tick_, tick);
    ++armed_;
    Link(timer, tick);
}

void TimerWheel::Advance(SteadyTime now) {
    const std::int64_t target = TickOf(now);
    if (armed_ == 0) {
        current_tick_ = std::max(current_tick_, target);
        return;
    }
    // After a long pause one round visits every slot; more rounds would find nothing new.
    if (target - current_tick_ > static_cast<std::int64_t>(kSlots)) {
        current_tick_ = target - static_cast<std::int64_t>(kSlots);
    }
    while (current_tick_ < target)
        FireSlot(++current_tick_, now);
    if (armed_ > 0) FindNextTick();
}

void TimerWheel::FindNextTick() {
    // Every timer stands in some slot, so one round finds the first; it may be of a later round,
    // which is only early.
    for (next_tick_ = current_tick_ + 1;
         slots_[static_cast<std::size_t>(next_tick_) % kSlots].first == nullptr;) {
        ++next_tick_;
        FLUX_ASSERT(next_tick_ <= current_tick_ + static_cast<std::int64_t>(kSlots));
    }
}

std::int64_t TimerWheel::TickOf(SteadyTime time) const {
    return (time - start_) / kTick;
}

void TimerWheel::Link(WheelTimer& timer, std::int64_t tick) {
    timer.slot_ = static_cast<std::uint32_t>(static_cast<std::size_t>(tick) % kSlots);
    Slot& slot = slots_[timer.slot_];
    timer.previous_ = nullptr;
    timer.next_ = slot.first;
    if (slot.first != nullptr) slot.first->previous_ = &timer;
    slot.first = &timer;
}

void TimerWheel::Unlink(WheelTimer& timer) {
    FLUX_ASSERT(timer.wheel_ == this);
    if (timer.previous_ != nullptr) {
        timer.previous_->next_ = timer.next_;
    } else {
        slots_[timer.slot_].first = timer.next_;
    }
    if (timer.next_ != nullptr) timer.next_->previous_ = timer.previous_;
    timer.next_ = timer.previous_ = nullptr;
    timer.wheel_ = nullptr;
    --armed_;
}

void TimerWheel::FireSlot(std::int64_t tick, SteadyTime now) {
    Slot& slot = slots_[static_cast<std::size_t>(tick) % kSlots];
    WheelTimer* timer = slot.first;
    while (timer != nullptr) {
        WheelTimer* next = timer->next_;
        if (timer->deadline_ > now) {
            timer = next;  // of a later round
            continue;
        }
        Unlink(*timer);
        timer->OnDeadline();  // may arm or destroy any timer, so start over from the slot's head
        timer = slot.first;
    }
}

}  // namespace flux
