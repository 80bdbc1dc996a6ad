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

    std::unique_ptr<SharedSchedule> Make(
        std::function<Task<>()> run, Milliseconds interval, Milliseconds lead = 0ms
    ) {
        return std::make_unique<SharedSchedule>(
            shard, bus(), kTopic, interval, lead, random, std::move(run)
        );
    }

    /// An instance whose runs take `takes` and publish at their end.
    struct Instance {
        std::unique_ptr<SharedSchedule> schedule;
        std::vector<SteadyTime> published;
        int running = 0;
    };
    void Make(Instance& instance, Milliseconds interval, Milliseconds takes) {
        instance.schedule = Make(
            [this, &instance, takes]() -> Task<> { return Publishing(instance, takes); },
            interval,
            takes
        );
    }

    Task<> StartIt(SharedSchedule& schedule) {
        const auto started = co_await schedule.Start();
        EXPECT_TRUE(started);
    }

    Random random{1};

private:
    Task<> Publishing(Instance& instance, Milliseconds takes) {
        ++instance.running;
        co_await SleepFor(instance.published.empty() ? 1ms : takes);  // the first is quick
        --instance.running;
        bus::Outgoing record;
        record.topic = bus::TopicName(kTopic);
        record.payload = SharedBytes(std::string("{}"));
        const auto stored = co_await bus().Publish(std::move(record));
        EXPECT_TRUE(stored);
        instance.schedule->Published(*stored);
        instance.published.push_back(clock.Now());
    }

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
    Instance first;
    Instance second;
    Make(first, 200ms, 1ms);
    Make(second, 200ms, 1ms);
    Run([](SharedScheduleTest& t, Instance& a, Instance& b) -> Task<> {
        co_await t.MakeTopic(kTopic);
        co_await t.StartIt(*a.schedule);
        auto once = [&] { return a.published.size() == 1; };
        co_await t.Eventually(std::move(once));
        co_await t.StartIt(*b.schedule);
        const SteadyTime begin = t.clock.Now();
        auto five = [&] { return a.published.size() + b.published.size() >= 6; };
        co_await t.Eventually(std::move(five));
        EXPECT_GE(t.clock.Now() - begin, 4 * 190ms);
        co_await a.schedule->Stop();
        const std::size_t before = b.published.size();
        auto taken_over = [&] { return b.published.size() >= before + 2; };
        const bool over = co_await t.Eventually(std::move(taken_over));
        EXPECT_TRUE(over);
        co_await b.schedule->Stop();
    }(*this, first, second));
}

TEST_F(SharedScheduleTest, RecordsAreAnIntervalApartHoweverLongARunTakes) {
    Instance one;
    Make(one, 400ms, 200ms);
    Run([](SharedScheduleTest& t, Instance& instance) -> Task<> {
        co_await t.MakeTopic(kTopic);
        co_await t.StartIt(*instance.schedule);
        auto four = [&] { return instance.published.size() == 4; };
        const bool came = co_await t.Eventually(std::move(four));
        EXPECT_TRUE(came);
        co_await instance.schedule->Stop();
    }(*this, one));
    for (std::size_t i = 1; i < one.published.size(); ++i) {
        EXPECT_GE(one.published[i] - one.published[i - 1], 390ms);
        EXPECT_LT(one.published[i] - one.published[i - 1], 550ms);
    }
}

TEST_F(SharedScheduleTest, TwoThatBeginTogetherAreOneAfterTheFirstRun) {
    Instance one;
    Instance other;
    Make(one, 600ms, 300ms);
    Make(other, 600ms, 300ms);
    int together = 0;
    Run([](SharedScheduleTest& t, Instance& a, Instance& b, int& both) -> Task<> {
        co_await t.MakeTopic(kTopic);
        co_await t.StartIt(*a.schedule);
        co_await t.StartIt(*b.schedule);
        auto five = [&] {
            const bool first = a.published.empty() || b.published.empty();
            if (!first && a.running + b.running > 1) ++both;
            return a.published.size() + b.published.size() == 5;
        };
        const bool came = co_await t.Eventually(std::move(five));
        EXPECT_TRUE(came);
        co_await a.schedule->Stop();
        co_await b.schedule->Stop();
    }(*this, one, other, together));
    EXPECT_EQ(together, 0);
    EXPECT_EQ(std::max(one.published.size(), other.published.size()), 4U);
}

}  // namespace
}  // namespace flux::feeds
