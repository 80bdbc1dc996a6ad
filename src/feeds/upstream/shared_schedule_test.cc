#include "feeds/upstream/shared_schedule.h"

#include "feeds/upstream/bus_rig.h"

#include <gmock/gmock.h>

namespace flux::feeds {
namespace {

const std::string kTopic = "stock.service.event.updated";
constexpr Milliseconds kInterval{100};

class SharedScheduleTest : public testing::BusRig {
public:
    /// What an instance does when its time has come.
    std::function<Task<>()> Runner(int& count, bool publishes = true) {
        return [this, &count, publishes]() -> Task<> { return Once(count, publishes); };
    }

    std::unique_ptr<SharedSchedule> Make(std::function<Task<>()> run, Milliseconds interval) {
        return std::make_unique<SharedSchedule>(
            shard, bus(), kTopic, interval, random, std::move(run)
        );
    }

    Task<> StartIt(SharedSchedule& schedule) {
        const auto started = co_await schedule.Start();
        EXPECT_TRUE(started);
    }

    Random random{1};

private:
    Task<> Once(int& count, bool publishes) {
        ++count;
        if (publishes) co_await Publish(kTopic, "k", "{}");
    }
};

TEST_F(SharedScheduleTest, RunsAtOnceAndThenInItsRhythm) {
    int runs = 0;
    Run([](SharedScheduleTest& t, int& count) -> Task<> {
        co_await t.MakeTopic(kTopic);
        const auto schedule = t.Make(t.Runner(count), kInterval);
        const SteadyTime begin = t.clock.Now();
        co_await t.StartIt(*schedule);
        auto once = [&] { return count == 1; };
        co_await t.Eventually(std::move(once));
        EXPECT_LT(t.clock.Now() - begin, kInterval);
        auto four = [&] { return count == 4; };
        co_await t.Eventually(std::move(four));
        EXPECT_GE(t.clock.Now() - begin, 3 * kInterval);
        co_await schedule->Stop();
    }(*this, runs));
    EXPECT_EQ(runs, 4);
}

TEST_F(SharedScheduleTest, ARunThatPublishesNothingIsRepeatedAfterTheInterval) {
    int runs = 0;
    Run([](SharedScheduleTest& t, int& count) -> Task<> {
        co_await t.MakeTopic(kTopic);
        const auto schedule = t.Make(t.Runner(count, false), kInterval);
        const SteadyTime begin = t.clock.Now();
        co_await t.StartIt(*schedule);
        auto thrice = [&] { return count == 3; };
        co_await t.Eventually(std::move(thrice));
        EXPECT_GE(t.clock.Now() - begin, 2 * kInterval);
        co_await schedule->Stop();
    }(*this, runs));
}

TEST_F(SharedScheduleTest, WaitsWhenSomethingWasPublishedJustBefore) {
    int runs = 0;
    Run([](SharedScheduleTest& t, int& count) -> Task<> {
        co_await t.MakeTopic(kTopic, 3);
        for (const std::string key : {"a", "b", "c"})
            co_await t.Publish(kTopic, key, "{}");
        t.clock.Advance(30s);
        const auto schedule = t.Make(t.Runner(count), 90s);
        co_await t.StartIt(*schedule);
        const auto wait = schedule->due() - t.clock.Now();
        EXPECT_GE(wait, 60s);
        EXPECT_LE(wait, 70s);  // and a tenth of the interval
        co_await SleepFor(20ms);
        EXPECT_EQ(count, 0);
        co_await schedule->Stop();
    }(*this, runs));
}

TEST_F(SharedScheduleTest, BeginsAtOnceWhenTheNewestRecordIsOld) {
    int runs = 0;
    Run([](SharedScheduleTest& t, int& count) -> Task<> {
        co_await t.MakeTopic(kTopic);
        co_await t.Publish(kTopic, "a", "{}");
        t.clock.Advance(90s);
        const auto schedule = t.Make(t.Runner(count), 90s);
        co_await t.StartIt(*schedule);
        auto once = [&] { return count == 1; };
        const bool began = co_await t.Eventually(std::move(once));
        EXPECT_TRUE(began);
        co_await schedule->Stop();
    }(*this, runs));
}

TEST_F(SharedScheduleTest, WhatIsPublishedMeanwhilePutsItOff) {
    int runs = 0;
    Run([](SharedScheduleTest& t, int& count) -> Task<> {
        co_await t.MakeTopic(kTopic);
        const auto schedule = t.Make(t.Runner(count), 90s);
        co_await t.StartIt(*schedule);
        auto once = [&] { return count == 1; };
        co_await t.Eventually(std::move(once));
        t.clock.Advance(60s);
        co_await t.Publish(kTopic, "a", "{}");  // by a command, or another instance
        auto put_off = [&] { return schedule->due() > t.clock.Now() + 80s; };
        const bool heard = co_await t.Eventually(std::move(put_off));
        EXPECT_TRUE(heard);
        co_await schedule->Stop();
    }(*this, runs));
    EXPECT_EQ(runs, 1);
}

TEST_F(SharedScheduleTest, TwoInstancesRunAsOftenAsOneAndOneTakesOverFromTheOther) {
    int first = 0;
    int second = 0;
    Run([](SharedScheduleTest& t, int& a, int& b) -> Task<> {
        co_await t.MakeTopic(kTopic);
        const auto one = t.Make(t.Runner(a), 200ms);
        const auto other = t.Make(t.Runner(b), 200ms);
        co_await t.StartIt(*one);
        auto once = [&] { return a == 1; };
        co_await t.Eventually(std::move(once));
        co_await t.StartIt(*other);
        const SteadyTime begin = t.clock.Now();
        auto five = [&] { return a + b >= 6; };
        co_await t.Eventually(std::move(five));
        EXPECT_GE(t.clock.Now() - begin, 4 * 200ms);
        co_await one->Stop();
        const int before = b;
        auto taken_over = [&] { return b >= before + 2; };
        const bool over = co_await t.Eventually(std::move(taken_over));
        EXPECT_TRUE(over);
        co_await other->Stop();
    }(*this, first, second));
}

}  // namespace
}  // namespace flux::feeds
