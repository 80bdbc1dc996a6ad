#include "feeds/crypto/exchange_ticker.h"

#include <gtest/gtest.h>

namespace flux::feeds {
namespace {

ExchangeTicker Bitcoin() {
    ExchangeTicker ticker;
    ticker.product_id = "BTC-USD";
    ticker.sequence = 126900000123;
    ticker.price = "70512.34";
    ticker.open_24h = "71420.01";
    ticker.low_24h = "69010";
    ticker.high_24h = "71240.5";
    ticker.volume_24h = "8123.44120931";
    ticker.best_bid = "70512.33";
    ticker.best_ask = "70512.34";
    ticker.best_bid_size = "0.1410022";
    ticker.best_ask_size = "0.0390171";
    return ticker;
}

TEST(ExchangeTicker, BecomesTheEventUnderTheOtherFeedsNames) {
    EXPECT_EQ(
        contract::Encode(ToEvent(Bitcoin(), 1774000501733)),
        R"({"source":"coinbase","ts":1774000501733,"data":{"type":"ticker","product_id":"BTC-USD",)"
        R"("price":"70512.34","volume_24_h":"8123.44120931","low_24_h":"69010",)"
        R"("high_24_h":"71240.5","price_percent_chg_24_h":"-1.2709","best_bid":"70512.33",)"
        R"("best_ask":"70512.34","best_bid_quantity":"0.1410022",)"
        R"("best_ask_quantity":"0.0390171"}})"
    );
}

TEST(ExchangeTicker, LeavesOutSizesThatWereNotSent) {
    ExchangeTicker ticker = Bitcoin();
    ticker.best_bid_size.clear();
    ticker.best_ask_size.clear();
    const std::string text = contract::Encode(ToEvent(ticker, 1));
    EXPECT_EQ(text.find("quantity"), std::string::npos) << text;
    EXPECT_TRUE(contract::DecodeTickerEvent(text));
}

TEST(ExchangeTicker, IsAValidEventWhateverTheNumbersAre) {
    for (const char* number : {"0", "-1", "0.00000001", "123456789012345678901234567890.123"}) {
        ExchangeTicker ticker = Bitcoin();
        ticker.price = number;
        ticker.open_24h = number;
        ASSERT_TRUE(IsDecimal(number));
        const auto event = contract::DecodeTickerEvent(contract::Encode(ToEvent(ticker, 1)));
        ASSERT_TRUE(event) << number << event.error().context;
        EXPECT_EQ(event->data.price, number);
    }
}

TEST(PercentChange, IsTextWithFourDecimals) {
    EXPECT_EQ(PercentChange("110", "100"), "10.0000");
    EXPECT_EQ(PercentChange("70512.34", "71420.01"), "-1.2709");
    EXPECT_EQ(PercentChange("100", "100"), "0.0000");
    EXPECT_EQ(PercentChange("99.9999999", "100"), "0.0000");  // never "-0.0000"
    EXPECT_EQ(PercentChange("0.00002", "0.00001"), "100.0000");
}

TEST(PercentChange, IsZeroWithoutAnOpen) {
    EXPECT_EQ(PercentChange("100", "0"), "0");
    EXPECT_EQ(PercentChange("100", "0.000"), "0");
    EXPECT_EQ(PercentChange("100", ""), "0");
    EXPECT_EQ(PercentChange("99999999999999999999999", "0.00000000000000000001"), "0");
}

TEST(ProductId, IsPartsJoinedByDashes) {
    for (const char* id : {"BTC-USD", "00-USD", "1INCH-USD", "BTC-USD-PERP"})
        EXPECT_TRUE(IsProductId(id)) << id;
    for (const char* id :
         {"",
          "BTC",
          "btc-usd",
          "-USD",
          "BTC-",
          "BTC--USD",
          "BTC USD",
          "BTC-USD\"",
          "BTC/USD",
          "ABCDEFGHIJKLMNOPQRSTUVWXYZ-ABCDEFG"}) {
        EXPECT_FALSE(IsProductId(id)) << id;
    }
}

TEST(Decimal, IsAJsonNumberWithoutExponent) {
    for (const char* text : {"0", "1", "-1", "0.5", "70512.34", "10", "100.00"})
        EXPECT_TRUE(IsDecimal(text) && contract::IsNumberText(text)) << text;
    for (const char* text :
         {"",
          "-",
          ".5",
          "1.",
          "01",
          "1e5",
          "+1",
          "0x1",
          "1,5",
          "NaN",
          "Infinity",
          " 1",
          "1 ",
          "--1",
          "1.2.3",
          "\"1\"",
          "1234567890123456789012345678901234567890123456789"}) {
        EXPECT_FALSE(IsDecimal(text)) << text;
    }
}

}  // namespace
}  // namespace flux::feeds
