#include "feeds/crypto/market_ranking.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <string>
#include <vector>

namespace flux::feeds {
namespace {

MarketRow Row(std::string id, std::optional<double> change_1h, double volume = 1, double rank = 1) {
    MarketRow row;
    row.symbol = id;
    row.name = id;
    row.id = std::move(id);
    row.current_price = 2;
    row.market_cap = 1000;
    row.market_cap_rank = rank;
    row.total_volume = volume;
    row.change_1h = change_1h;
    return row;
}

std::string Ids(const std::vector<contract::Mover>& movers) {
    std::string ids;
    for (const contract::Mover& mover : movers)
        ids += (ids.empty() ? "" : " ") + mover.id;
    return ids;
}

TEST(Movers, AreRankedByTheirChangeWithinTheHour) {
    const std::vector<MarketRow> rows{Row("a", 1), Row("b", -3), Row("c", 2.5), Row("d", 0)};
    EXPECT_EQ(Ids(TopGainers(rows, 10)), "c a d b");
    EXPECT_EQ(Ids(TopLosers(rows, 10)), "b d a c");
    EXPECT_EQ(Ids(TopGainers(rows, 2)), "c a");
    EXPECT_EQ(Ids(TopLosers(rows, 2)), "b d");
    EXPECT_TRUE(TopGainers({}, 10).empty());
}

TEST(Movers, TiesInStepsOfATenthGoByVolume) {
    const std::vector<MarketRow> rows{
        Row("small", 1.04, 5), Row("large", 0.96, 9), Row("low", 0.94, 99), Row("half", 1.05, 1)};
    EXPECT_EQ(Ids(TopGainers(rows, 10)), "half large small low");
    EXPECT_EQ(Ids(TopLosers(rows, 10)), "low large small half");
    // Halves go up on either side of zero.
    EXPECT_EQ(Ids(TopGainers({Row("a", -0.25, 1), Row("b", -0.2, 2)}, 10)), "b a");
    EXPECT_EQ(Ids(TopGainers({Row("a", -0.25, 2), Row("b", -0.2, 1)}, 10)), "a b");
}

TEST(Movers, AnUnknownChangeIsNoLoss) {
    const std::vector<MarketRow> rows{Row("up", 1), Row("unknown", std::nullopt), Row("down", -1)};
    EXPECT_EQ(Ids(TopGainers(rows, 10)), "up unknown down");
    EXPECT_EQ(Ids(TopLosers(rows, 10)), "down up");
    EXPECT_EQ(TopGainers(rows, 10)[1].change_1h, 0);
}

TEST(Movers, NeedAVolumeAndARankUpTo100) {
    MarketRow no_volume = Row("no-volume", 9);
    no_volume.total_volume.reset();
    MarketRow no_rank = Row("no-rank", 9);
    no_rank.market_cap_rank.reset();
    const std::vector<MarketRow> rows{
        no_volume, no_rank, Row("101", 9, 1, 101), Row("100", 1, 1, 100), Row("zero", 0.5, 0)};
    EXPECT_EQ(Ids(TopGainers(rows, 10)), "100 zero");
    EXPECT_EQ(Ids(TopLosers(rows, 10)), "zero 100");
}

TEST(Movers, AreAmongTheFirst100) {
    std::vector<MarketRow> rows;
    for (int row = 0; row < 100; ++row)
        rows.push_back(Row(fmt::format("{}", row), 0.1));
    rows.push_back(Row("late", 50));
    EXPECT_EQ(TopGainers(rows, 200).size(), 100u);
    EXPECT_NE(TopGainers(rows, 1)[0].id, "late");
}

TEST(Movers, WhatIsMissingHasTheReferencesValue) {
    MarketRow row = Row("a", 1);
    row.market_cap.reset();
    const contract::Mover mover = TopGainers({row}, 1)[0];
    EXPECT_EQ(mover.high_24h, 2);
    EXPECT_EQ(mover.low_24h, 2);
    EXPECT_EQ(mover.change_24h, 0);
    EXPECT_EQ(mover.market_cap, 0);
}

TEST(TopCoins, AreTheLargestThatAreTraded) {
    MarketRow btc = Row("btc", 0);
    btc.name = "Bitcoin";
    btc.current_price = 70512.345;
    btc.market_cap = 1.4e12;
    btc.total_volume = 3.01e10;
    btc.change_24h = -1.2749;
    MarketRow usdt = Row("usdt", 0);
    MarketRow eth = Row("eth", 0);
    MarketRow fake = Row("eth", 0);
    fake.name = "Another of that symbol";
    const ProductsByBase products{{"BTC", "BTC-USD"}, {"ETH", "ETH-USD"}, {"SOL", "SOL-USD"}};
    const auto coins = TopCoins({btc, usdt, eth, fake, Row("sol", 0)}, products, 88.15, 10);
    ASSERT_EQ(coins.size(), 3u);
    EXPECT_EQ(coins[0].symbol, "BTC-USD");
    EXPECT_EQ(coins[0].name, "Bitcoin");
    EXPECT_EQ(coins[0].price_inr, 6215663.21);
    EXPECT_EQ(coins[0].change_24h, -1.27);
    EXPECT_EQ(coins[0].market_cap_inr, 123410000000000);
    EXPECT_EQ(coins[0].volume_24h_inr, 2653315000000);
    EXPECT_EQ(coins[1].symbol, "ETH-USD");
    EXPECT_EQ(coins[1].name, "eth");
    EXPECT_EQ(coins[2].symbol, "SOL-USD");
    EXPECT_EQ(TopCoins({btc, usdt, eth, Row("sol", 0)}, products, 88.15, 2).size(), 2u);
}

TEST(TopCoins, NumbersThatLeaveTheRangeLoseTheRow) {
    MarketRow huge = Row("btc", 0);
    huge.current_price = 1e307;
    MarketRow large = Row("sol", 0);
    large.current_price = 1e300;  // fits, but not in hundredths
    large.market_cap = 1e308;
    const ProductsByBase products{{"BTC", "BTC-USD"}, {"ETH", "ETH-USD"}, {"SOL", "SOL-USD"}};
    const auto coins = TopCoins({huge, large, Row("eth", 0)}, products, 88.15, 10);
    ASSERT_EQ(coins.size(), 1u);
    EXPECT_EQ(coins[0].symbol, "ETH-USD");
}

}  // namespace
}  // namespace flux::feeds
