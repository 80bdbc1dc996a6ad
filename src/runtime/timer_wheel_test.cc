#include "runtime/timer_wheel.h"

#include "base/random.h"
#include "base/units.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace flux {
namespace {

const SteadyTime kStart = SteadyTime(1h);

/// Calls a function when it fires.
class TestTimer final : public WheelTimer {
public:
    explicit TestTimer(std::function<void()> on_deadline)
        : on_deadline_(std::move(on_deadline)) {}

private:
    void OnDeadline() override {
        // A copy: the function may destroy this timer.
        const std::function<void()> on_deadline = on_deadline_;
        on_deadline();
    }
    std::function<void()> on_deadline_;
};

TEST(TimerWheel, FiresWithinOneTickAfterTheDeadlineAndNeverBefore) {
    for (int offset_ms = 0; offset_ms < 40; ++offset_ms) {
        TimerWheel wheel(kStart);
        bool fired = false;
        TestTimer timer([&] { fired = true; });
        const SteadyTime deadline = kStart + Milliseconds(offset_ms);
        wheel.Arm(timer, deadline);
        wheel.Advance(deadline - 1ns);
        EXPECT_FALSE(fired) << offset_ms;
        wheel.Advance(deadline + TimerWheel::kTick);
        EXPECT_TRUE(fired) << offset_ms;
        EXPECT_FALSE(timer.armed());
        EXPECT_EQ(wheel.armed(), 0U);
    }
}

TEST(TimerWheel, SaysWhenToAdvanceNext) {
    TimerWheel wheel(kStart);
    EXPECT_EQ(wheel.NextDue(), SteadyTime::max());
    TestTimer late([] {});
    TestTimer early([] {});
    wheel.Arm(late, kStart + 1s);
    wheel.Arm(early, kStart + 100ms);
    EXPECT_GE(wheel.NextDue(), kStart + 100ms);
    EXPECT_LE(wheel.NextDue(), kStart + 100ms + TimerWheel::kTick);
    early.Disarm();
    wheel.Advance(kStart + 200ms);
    EXPECT_LE(wheel.NextDue(), kStart + 1s + TimerWheel::kTick);
    late.Disarm();
    EXPECT_EQ(wheel.NextDue(), SteadyTime::max());
}

TEST(TimerWheel, ADeadlineManyRoundsAwayFiresOnceAndOnTime) {
    TimerWheel wheel(kStart);
    int fired = 0;
    TestTimer timer([&] { ++fired; });
    wheel.Arm(timer, kStart + 1h);
    for (SteadyTime now = kStart; now < kStart + 1h; now += 500ms)
        wheel.Advance(now);
    EXPECT_EQ(fired, 0);
    wheel.Advance(kStart + 1h + TimerWheel::kTick);
    EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, ADeadlineAtTheEndOfTimeIsNeverDue) {
    TimerWheel wheel(kStart);
    TestTimer timer([] { ADD_FAILURE() << "fired"; });
    wheel.Arm(timer, SteadyTime::max());
    EXPECT_GT(wheel.NextDue(), kStart + 24h);
    wheel.Advance(kStart + 24h);
    EXPECT_TRUE(timer.armed());
    EXPECT_GE(wheel.NextDue(), kStart + 24h);
}

TEST(TimerWheel, AfterALongPauseEverythingDueFiresAtOnce) {
    TimerWheel wheel(kStart);
    int fired = 0;
    std::vector<std::unique_ptr<TestTimer>> timers;
    for (int i = 0; i < 3000; ++i) {
        timers.push_back(std::make_unique<TestTimer>([&] { ++fired; }));
        wheel.Arm(*timers.back(), kStart + Milliseconds(i * 7));
    }
    wheel.Advance(kStart + 24h);
    EXPECT_EQ(fired, 3000);
    EXPECT_EQ(wheel.armed(), 0U);
}

TEST(TimerWheel, ArmingAgainReplacesTheDeadline) {
    TimerWheel wheel(kStart);
    int fired = 0;
    TestTimer timer([&] { ++fired; });
    wheel.Arm(timer, kStart + 10ms);
    wheel.Arm(timer, kStart + 1s);
    EXPECT_EQ(wheel.armed(), 1U);
    wheel.Advance(kStart + 500ms);
    EXPECT_EQ(fired, 0);
    wheel.Advance(kStart + 2s);
    EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, ATimerArmedInItsOwnCallbackFiresAgain) {
    TimerWheel wheel(kStart);
    SteadyTime now = kStart;
    std::vector<SteadyTime> fired;
    std::unique_ptr<TestTimer> timer;
    timer = std::make_unique<TestTimer>([&] {
        fired.push_back(now);
        wheel.Arm(*timer, now + 100ms);
    });
    wheel.Arm(*timer, kStart + 100ms);
    for (; now < kStart + 1050ms; now += 1ms)
        wheel.Advance(now);
    EXPECT_GE(fired.size(), 9U);
    EXPECT_LE(fired.size(), 10U);
}

TEST(TimerWheel, APastDeadlineArmedInACallbackFiresOnTheNextTurn) {
    TimerWheel wheel(kStart);
    int fired = 0;
    std::unique_ptr<TestTimer> timer;
    timer = std::make_unique<TestTimer>([&] {
        if (++fired < 3) wheel.Arm(*timer, kStart);
    });
    wheel.Arm(*timer, kStart);
    for (SteadyTime now = kStart; now < kStart + 10 * TimerWheel::kTick; now += TimerWheel::kTick)
        wheel.Advance(now);
    EXPECT_EQ(fired, 3);
}

TEST(TimerWheel, ACallbackMayDestroyItsOwnTimerAndItsNeighbours) {
    TimerWheel wheel(kStart);
    std::vector<std::unique_ptr<TestTimer>> timers(3);
    int fired = 0;
    const auto destroy_all = [&] {
        ++fired;
        timers.clear();
    };
    for (auto& timer : timers) {
        timer = std::make_unique<TestTimer>(destroy_all);
        wheel.Arm(*timer, kStart + 10ms);
    }
    wheel.Advance(kStart + 1s);
    EXPECT_EQ(fired, 1);
    EXPECT_EQ(wheel.armed(), 0U);
}

TEST(TimerWheel, ATimerMayOutliveItsWheelAndTheOtherWayRound) {
    TestTimer survivor([] {});
    {
        TimerWheel wheel(kStart);
        {
            TestTimer short_lived([] { ADD_FAILURE() << "a destroyed timer fired"; });
            wheel.Arm(short_lived, kStart + 10ms);
        }
        EXPECT_EQ(wheel.armed(), 0U);
        wheel.Arm(survivor, kStart + 10ms);
        wheel.Advance(kStart + 5ms);
    }
    EXPECT_FALSE(survivor.armed());
}

struct Pinger {
    void OnPingDue() { ++pings; }
    int pings = 0;
    MemberTimer<Pinger, &Pinger::OnPingDue> ping{*this};
};

TEST(MemberTimer, CallsTheMemberFunction) {
    TimerWheel wheel(kStart);
    Pinger pinger;
    wheel.Arm(pinger.ping, kStart + 20ms);
    wheel.Advance(kStart + 30ms);
    EXPECT_EQ(pinger.pings, 1);
}

/// The wheel beside a plain list of deadlines, under the same random calls.
class WheelAgainstModel {
public:
    explicit WheelAgainstModel(std::uint64_t seed)
        : random_(seed),
          wheel_(kStart) {
        for (std::size_t i = 0; i < kTimers; ++i)
            timers_.push_back(std::make_unique<TestTimer>([this, i] { OnFired(i); }));
    }

    void Step() {
        switch (random_.Below(4)) {
            case 0:
            case 1:
                return Arm(random_.Below(kTimers));
            case 2:
                return Disarm(random_.Below(kTimers));
            default:
                return Advance();
        }
    }

private:
    static constexpr std::size_t kTimers = 40;

    struct Armed {
        SteadyTime deadline;
        SteadyTime due;  // the deadline, or when it was armed if that was later
    };

    Milliseconds RandomSpan() {
        // Now and then far beyond one round of the wheel (4.1 s).
        static constexpr Milliseconds kSpans[] = {1ms, 30ms, 500ms, 5s, 60s};
        const Milliseconds longest = kSpans[random_.Below(std::size(kSpans))];
        return Milliseconds(random_.Below(static_cast<std::uint64_t>(longest.count()) + 1));
    }

    void Arm(std::size_t index) {
        // A deadline may also lie in the past.
        const SteadyTime deadline = now_ + RandomSpan() - 20ms;
        wheel_.Arm(*timers_[index], deadline);
        deadlines_[index] = Armed{.deadline = deadline, .due = std::max(deadline, now_)};
    }

    void Disarm(std::size_t index) {
        timers_[index]->Disarm();
        deadlines_.erase(index);
    }

    void Advance() {
        now_ += RandomSpan();
        wheel_.Advance(now_);
        ASSERT_EQ(wheel_.armed(), deadlines_.size());
        SteadyTime first = SteadyTime::max();
        for (const auto& [index, armed] : deadlines_) {
            ASSERT_GT(armed.due + TimerWheel::kTick, now_) << "timer " << index << " is late";
            first = std::min(first, armed.due);
        }
        if (!deadlines_.empty()) {
            ASSERT_LE(wheel_.NextDue(), first + TimerWheel::kTick);
        }
    }

    void OnFired(std::size_t index) {
        const auto armed = deadlines_.find(index);
        ASSERT_NE(armed, deadlines_.end()) << "timer " << index << " was not armed";
        ASSERT_LE(armed->second.deadline, now_) << "timer " << index << " fired early";
        deadlines_.erase(armed);
        // Callbacks arm and disarm others, and themselves.
        if (random_.Below(3) == 0) Arm(random_.Below(kTimers));
        if (random_.Below(3) == 0) Disarm(random_.Below(kTimers));
    }

    Random random_;
    TimerWheel wheel_;
    SteadyTime now_ = kStart;
    std::map<std::size_t, Armed> deadlines_;
    std::vector<std::unique_ptr<TestTimer>> timers_;  // disarm before the wheel goes
};

TEST(TimerWheelModel, BehavesAsAListOfDeadlines) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        WheelAgainstModel both(seed);
        for (int step = 0; step < 1000 && !testing::Test::HasFatalFailure(); ++step)
            both.Step();
        if (testing::Test::HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace flux
