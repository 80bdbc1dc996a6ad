#include "feeds/upstream/single_flight.h"

#include "feeds/upstream/upstream_rig.h"
#include "runtime/answer_slot.h"

#include <gmock/gmock.h>

namespace flux::feeds {
namespace {

class SingleFlightTest : public testing::UpstreamRig {
public:
    /// Asks for `key`; a flight ends when `landing` is filled.
    Task<> Ask(std::string key) {
        std::function<Task<std::string>()> fly = [this, key] { return Fly(key); };
        std::string brought = co_await flights.Do(key, std::move(fly));
        got.push_back(std::move(brought));
    }

    Task<std::string> Fly(std::string key) {
        const int number = ++flown;
        AnswerSlot<int> slot(shard);
        landing = &slot;
        const auto landed = co_await slot.Wait(20s);
        co_return landed ? key + std::to_string(number) : "cancelled";
    }

    SingleFlight<std::string> flights;
    std::vector<std::string> got;
    int flown = 0;
    AnswerSlot<int>* landing = nullptr;
};

TEST_F(SingleFlightTest, OneFliesForAllWhoAskMeanwhile) {
    Run([](SingleFlightTest& t) -> Task<> {
        TaskGroup tasks(t.shard);
        for (int i = 0; i < 5; ++i)
            tasks.Spawn("ask", t.Ask("a"));
        auto flying = [&] { return t.landing != nullptr; };
        co_await t.Eventually(std::move(flying));
        co_await SleepFor(1ms);
        EXPECT_EQ(t.flights.flights(), 1u);
        t.landing->Fill(1);
        auto all = [&] { return t.got.size() == 5; };
        const bool ended = co_await t.Eventually(std::move(all));
        EXPECT_TRUE(ended);
        co_await tasks.Drain();
    }(*this));
    EXPECT_EQ(flown, 1);
    EXPECT_THAT(got, ::testing::Each("a1"));
    EXPECT_EQ(flights.flights(), 0u);
}

TEST_F(SingleFlightTest, TheNextAfterwardsFliesAnew) {
    Run([](SingleFlightTest& t) -> Task<> {
        TaskGroup tasks(t.shard);
        for (int i = 1; i <= 2; ++i) {
            tasks.Spawn("ask", t.Ask("a"));
            auto flying = [&] { return t.flown == i; };
            co_await t.Eventually(std::move(flying));
            t.landing->Fill(1);
            auto landed = [&] { return t.got.size() == static_cast<std::size_t>(i); };
            co_await t.Eventually(std::move(landed));
        }
        co_await tasks.Drain();
    }(*this));
    EXPECT_THAT(got, ::testing::ElementsAre("a1", "a2"));
}

TEST_F(SingleFlightTest, WhoWaitsForACancelledFlightFliesInstead) {
    Run([](SingleFlightTest& t) -> Task<> {
        TaskGroup first(t.shard);
        first.Spawn("ask", t.Ask("a"));
        auto flying = [&] { return t.flown == 1; };
        co_await t.Eventually(std::move(flying));
        TaskGroup second(t.shard);
        second.Spawn("ask", t.Ask("a"));
        co_await SleepFor(1ms);
        EXPECT_EQ(t.flown, 1);
        co_await first.Drain();
        auto flying_again = [&] { return t.flown == 2; };
        const bool again = co_await t.Eventually(std::move(flying_again));
        EXPECT_TRUE(again);
        t.landing->Fill(1);
        auto landed = [&] { return second.running() == 0; };
        co_await t.Eventually(std::move(landed));
        co_await second.Drain();
    }(*this));
    ASSERT_FALSE(got.empty());
    EXPECT_EQ(got.back(), "a2");
}

TEST_F(SingleFlightTest, WhoIsCancelledWhileWaitingGoes) {
    Run([](SingleFlightTest& t) -> Task<> {
        TaskGroup first(t.shard);
        first.Spawn("ask", t.Ask("a"));
        auto flying = [&] { return t.flown == 1; };
        co_await t.Eventually(std::move(flying));
        TaskGroup second(t.shard);
        second.Spawn("ask", t.Ask("a"));
        co_await SleepFor(1ms);
        co_await second.Drain();
        EXPECT_EQ(t.flown, 1);
        t.landing->Fill(1);
        auto landed = [&] { return t.got.size() == 1; };
        co_await t.Eventually(std::move(landed));
        co_await first.Drain();
    }(*this));
    EXPECT_THAT(got, ::testing::ElementsAre("a1"));
}

}  // namespace
}  // namespace flux::feeds
