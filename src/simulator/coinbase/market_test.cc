#include "simulator/coinbase/market.h"

#include "base/units.h"
#include "json/json_check.h"
#include "json/json_fields.h"
#include "simulator/coinbase/decimal.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace flux::simulator {
namespace {

std::string Text(std::string_view object, std::string_view name) {
    const auto value = json::Member(object, name);
    return value ? json::AsString(*value).value_or("?") : "";
}

std::int64_t Units(std::string_view object, std::string_view name) {
    return ParseDecimal(Text(object, name), kDecimalsMax).value_or(-1);
}

TEST(Market, TickersAreConsistentAndGrowInSequence) {
    ManualClock clock;
    Market market(clock, 3, {}, 60);
    std::map<std::string, std::int64_t> sequences;
    std::map<std::string, std::int64_t> trade_ids;
    std::size_t count = 0;
    for (int step = 0; step < 400; ++step) {
        clock.Advance(50ms);
        market.Step(50ms, [&](const Quote& quote) {
            const std::string ticker = market.Ticker(quote);
            ASSERT_TRUE(json::Check(ticker)) << ticker;
            ++count;
            const auto sequence = json::AsInteger(*json::Member(ticker, "sequence"));
            const auto trade_id = json::AsInteger(*json::Member(ticker, "trade_id"));
            EXPECT_GT(*sequence, sequences[quote.product.id]);
            EXPECT_GT(*trade_id, trade_ids[quote.product.id]);
            sequences[quote.product.id] = *sequence;
            trade_ids[quote.product.id] = *trade_id;
            const std::int64_t price = Units(ticker, "price");
            EXPECT_LE(Units(ticker, "low_24h"), price) << ticker;
            EXPECT_GE(Units(ticker, "high_24h"), price) << ticker;
            EXPECT_LE(Units(ticker, "low_24h"), Units(ticker, "open_24h"));
            EXPECT_GE(Units(ticker, "high_24h"), Units(ticker, "open_24h"));
            EXPECT_LT(Units(ticker, "best_bid"), Units(ticker, "best_ask"));
            EXPECT_GT(Units(ticker, "best_bid"), 0);
            EXPECT_GE(std::stod(Text(ticker, "volume_30d")), std::stod(Text(ticker, "volume_24h")));
            EXPECT_EQ(Text(ticker, "time").size(), 27u);
            EXPECT_EQ(Text(ticker, "time").back(), 'Z');
        });
    }
    EXPECT_GT(count, 200u);
    EXPECT_EQ(sequences.count("LUNA-USD"), 0u);  // delisted
    EXPECT_EQ(sequences.count("GALA-USD"), 0u);  // trading disabled
    EXPECT_GE(sequences.size(), 12u);
}

TEST(Market, IsTheSameForTheSameSeed) {
    ManualClock clock;
    const auto prices = [&](std::uint64_t seed) {
        Market market(clock, seed, {}, 60);
        std::string all;
        for (int step = 0; step < 50; ++step)
            market.Step(50ms, [&](const Quote& quote) { all += market.Ticker(quote); });
        return all;
    };
    EXPECT_EQ(prices(5), prices(5));
    EXPECT_NE(prices(5), prices(6));
}

TEST(Market, PlaysARecordingInPlaceOfItsProduct) {
    ManualClock clock;
    const Recording recording{
        "BTC-USD",
        2,
        {{.open = 10'222'800, .high = 10'222'900, .low = 10'222'700, .close = 10'222'850}}};
    Market market(clock, 1, {recording}, 60);
    const Quote* const bitcoin = market.Find("BTC-USD");
    ASSERT_NE(bitcoin, nullptr);
    EXPECT_EQ(bitcoin->last.price, 10'222'800);
    for (int step = 0; step < 100; ++step)
        market.Step(50ms, [](const Quote&) {});
    EXPECT_GE(bitcoin->last.price, 10'222'700);
    EXPECT_LE(bitcoin->last.price, 10'222'900);
    EXPECT_EQ(Text(market.Ticker(*bitcoin), "open_24h"), "102228");
    EXPECT_EQ(market.quotes().size(), DefaultProducts().size());
    EXPECT_NE(market.Find("ETH-USD"), nullptr);
}

TEST(Market, ListsItsProducts) {
    ManualClock clock;
    Market market(clock, 1, {}, 60);
    const std::string list = market.Products();
    ASSERT_TRUE(json::Check(list));
    std::size_t count = 0;
    for (json::ArrayReader items(list); items.Next(); ++count)
        EXPECT_FALSE(Text(items.value(), "id").empty());
    EXPECT_EQ(count, DefaultProducts().size());
    EXPECT_EQ(market.Find("NOPE-USD"), nullptr);
    EXPECT_TRUE(json::Check(market.RestTicker(*market.Find("BTC-USD"))));
    EXPECT_TRUE(json::Check(market.Heartbeat(*market.Find("BTC-USD"))));
}

TEST(Market, LeavesSizesOutOnDemand) {
    ManualClock clock;
    Market market(clock, 1, {}, 60);
    const Quote& quote = *market.Find("BTC-USD");
    TickerForm form;
    form.sizes = false;
    form.sequence_shift = -7;
    const std::string ticker = market.Ticker(quote, form);
    EXPECT_TRUE(json::Check(ticker));
    EXPECT_EQ(json::Member(ticker, "best_bid_size"), std::nullopt);
    EXPECT_EQ(json::AsInteger(*json::Member(ticker, "sequence")), quote.sequence - 7);
}

}  // namespace
}  // namespace flux::simulator
