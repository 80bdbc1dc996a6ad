#include "simulator/coinbase/price_walk.h"

#include "base/units.h"
#include "simulator/coinbase/decimal.h"

#include <gtest/gtest.h>

namespace flux::simulator {
namespace {

Product Bitcoin() {
    return DefaultProducts().front();
}

std::vector<Trade> Walk(std::uint64_t seed, std::chrono::seconds time) {
    PriceWalk walk(Bitcoin(), seed);
    std::vector<Trade> trades;
    for (Milliseconds passed{0}; passed < time; passed += 50ms)
        walk.Step(50ms, trades);
    return trades;
}

TEST(PriceWalk, IsTheSameForTheSameSeed) {
    const auto one = Walk(7, 60s);
    const auto two = Walk(7, 60s);
    const auto other = Walk(8, 60s);
    ASSERT_EQ(one.size(), two.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
        EXPECT_EQ(one[i].price, two[i].price);
        EXPECT_EQ(one[i].size, two[i].size);
    }
    EXPECT_NE(one.back().price, other.back().price);
}

TEST(PriceWalk, TradesAtItsRateAndStaysPlausible) {
    const auto trades = Walk(1, 24h);
    const double per_second = static_cast<double>(trades.size()) / 86'400;
    EXPECT_GT(per_second, 3.5);  // 5 a second, less those merged within a step
    EXPECT_LT(per_second, 5.5);
    const auto first = static_cast<double>(Bitcoin().price);
    double volume = 0;
    std::int64_t previous = Bitcoin().price;
    for (const Trade& trade : trades) {
        ASSERT_GT(trade.price, first * 0.8);
        ASSERT_LT(trade.price, first * 1.2);
        ASSERT_LT(std::abs(trade.price - previous), first * 0.001);
        previous = trade.price;
        volume += static_cast<double>(trade.size) / static_cast<double>(Scale(kSizeDecimals));
    }
    EXPECT_NEAR(volume / Bitcoin().volume_per_day, 0.9, 0.15);
}

TEST(PriceWalk, HasADayBehindItThatEndsAtItsPrice) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        PriceWalk walk(Bitcoin(), seed);
        const DayWindow day = walk.History();
        EXPECT_LE(day.low(), Bitcoin().price);
        EXPECT_GE(day.high(), Bitcoin().price);
        EXPECT_LE(day.low(), day.open());
        EXPECT_GE(day.high(), day.open());
        EXPECT_LT(day.low(), day.high());
        EXPECT_GT(day.volume(), 0);
    }
}

TEST(DayWindow, ForgetsWhatIsOlderThanADay) {
    DayWindow day;
    const auto trade = [](std::int64_t price, Milliseconds at) {
        return Trade{.price = price, .size = 10, .market_time = at};
    };
    day.Add(trade(100, 0ms));
    day.Add(trade(900, 1h));
    day.Add(trade(200, 2h));
    EXPECT_EQ(day.open(), 100);
    EXPECT_EQ(day.high(), 900);
    EXPECT_EQ(day.low(), 100);
    EXPECT_EQ(day.volume(), 30);
    day.Add(trade(300, 24h + 30min));  // the first quarter has left
    EXPECT_EQ(day.open(), 900);
    EXPECT_EQ(day.low(), 200);
    EXPECT_EQ(day.volume(), 30);
    day.Add(trade(250, 25h));  // the second too
    EXPECT_EQ(day.open(), 200);
    EXPECT_EQ(day.high(), 300);
    day.Add(trade(5, 1000h));
    EXPECT_EQ(day.open(), 5);
    EXPECT_EQ(day.volume(), 10);
}

}  // namespace
}  // namespace flux::simulator
