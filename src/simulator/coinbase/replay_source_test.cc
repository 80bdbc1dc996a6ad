#include "simulator/coinbase/replay_source.h"

#include "base/units.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace flux::simulator {
namespace {

Recording TwoBars() {
    return Recording{
        "BTC-USD",
        2,
        {{.time = 0, .open = 1000, .high = 1100, .low = 900, .close = 1050, .volume = 6'000'000},
         {.time = 60'000,
          .open = 1050,
          .high = 1060,
          .low = 800,
          .close = 820,
          .volume = 3'000'000}}};
}

std::vector<Trade> Play(ReplaySource& source, Milliseconds time, Milliseconds step) {
    std::vector<Trade> trades;
    for (Milliseconds passed{0}; passed < time; passed += step)
        source.Step(step, trades);
    return trades;
}

TEST(ReplaySource, WalksFromOpenOverTheExtremesToClose) {
    ReplaySource source(TwoBars(), 60, 0, 1);
    std::vector<std::int64_t> prices;
    for (const Trade& trade : Play(source, 2000ms, 50ms))
        prices.push_back(trade.price);
    // A rising bar dips first, a falling one climbs first. Then the recording begins again.
    EXPECT_EQ(
        prices, (std::vector<std::int64_t>{1000, 900, 1100, 1050, 1050, 1060, 800, 820, 1000})
    );
    EXPECT_EQ(source.rounds(), 1u);
}

TEST(ReplaySource, PlaysAsFastAsToldAndSpreadsTheVolume) {
    ReplaySource source(TwoBars(), 120, 4, 1);
    std::int64_t volume = 0;
    const auto trades = Play(source, 500ms, 50ms);  // exactly one bar
    for (const Trade& trade : trades)
        if (trade.market_time <= 60s) volume += trade.size;
    EXPECT_NEAR(static_cast<double>(volume), 6'000'000, 10);
    EXPECT_EQ(trades.back().market_time, 60s);
}

TEST(ReplaySource, TradesBetweenTheCornersOnTheStraightLine) {
    ReplaySource source(TwoBars(), 1, 5, 1);
    const auto trades = Play(source, 60s, 50ms);
    EXPECT_GT(trades.size(), 200u);
    for (std::size_t i = 1; i < trades.size(); ++i) {
        EXPECT_GE(trades[i].price, 900);
        EXPECT_LE(trades[i].price, 1100);
        EXPECT_LE(std::abs(trades[i].price - trades[i - 1].price), 60);
        EXPECT_GE(trades[i].market_time, trades[i - 1].market_time);
    }
}

TEST(ReplaySource, ShowsABoundedPartOfAnAbsurdlyFastReplay) {
    ReplaySource source(TwoBars(), 1e6, 4, 1);
    std::vector<Trade> trades;
    source.Step(50ms, trades);
    EXPECT_LE(trades.size(), 64u);
    EXPECT_GT(source.rounds(), 100u);
}

TEST(ReplaySource, GoesRoundForever) {
    ReplaySource source(TwoBars(), 60, 4, 1);
    const auto trades = Play(source, 1min, 50ms);
    EXPECT_EQ(source.rounds(), 30u);
    EXPECT_TRUE(std::is_sorted(trades.begin(), trades.end(), [](const auto& a, const auto& b) {
        return a.market_time < b.market_time;
    }));
}

}  // namespace
}  // namespace flux::simulator
