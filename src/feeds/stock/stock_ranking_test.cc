#include "feeds/stock/stock_ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace flux::feeds {
namespace {

using contract::StockPerformance;
using testing::ElementsAre;
using testing::IsEmpty;

StockPerformance Row(std::string symbol, double percent) {
    StockPerformance row;
    row.symbol = std::move(symbol);
    row.change_percent = percent;
    return row;
}

std::vector<std::string> Symbols(const std::vector<StockPerformance>& rows) {
    std::vector<std::string> symbols;
    for (const StockPerformance& row : rows)
        symbols.push_back(row.symbol);
    return symbols;
}

TEST(StockRanking, TakesTheBestAndTheWorst) {
    const auto event =
        RankStocks({Row("A", 1), Row("B", -3), Row("C", 2), Row("D", -1), Row("E", 0)}, 2, "now");
    EXPECT_EQ(event.timestamp, "now");
    EXPECT_THAT(Symbols(event.gainers), ElementsAre("C", "A"));
    EXPECT_THAT(Symbols(event.losers), ElementsAre("B", "D"));
}

TEST(StockRanking, NoShareIsInBothListsHoweverFewThereAre) {
    for (std::size_t count = 0; count <= 25; ++count) {
        std::vector<StockPerformance> rows;
        for (std::size_t i = 0; i < count; ++i)
            rows.push_back(Row("S" + std::to_string(i), static_cast<double>(i % 7) - 3));
        const auto event = RankStocks(rows, 10, "");
        std::set<std::string> seen;
        for (const auto* list : {&event.gainers, &event.losers})
            for (const StockPerformance& row : *list)
                EXPECT_TRUE(seen.insert(row.symbol).second) << row.symbol << " of " << count;
        EXPECT_EQ(seen.size(), std::min<std::size_t>(count, 20));
    }
}

TEST(StockRanking, TiesGoBySymbol) {
    const auto event = RankStocks({Row("D", 1), Row("B", 1), Row("C", 1), Row("A", 1)}, 2, "");
    EXPECT_THAT(Symbols(event.gainers), ElementsAre("A", "B"));
    EXPECT_THAT(Symbols(event.losers), ElementsAre("C", "D"));
}

TEST(StockRanking, OfNothingIsEmpty) {
    const auto event = RankStocks({}, 10, "t");
    EXPECT_THAT(event.gainers, IsEmpty());
    EXPECT_THAT(event.losers, IsEmpty());
}

}  // namespace
}  // namespace flux::feeds
