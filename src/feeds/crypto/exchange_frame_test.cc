#include "feeds/crypto/exchange_frame.h"

#include "json/json_check.h"

#include <gtest/gtest.h>

#include <variant>

namespace flux::feeds {
namespace {

constexpr std::size_t kBytesMax = 64 * 1024;

constexpr std::string_view kTicker =
    R"({"type":"ticker","sequence":126900000123,"product_id":"BTC-USD","price":"70512.34",)"
    R"("open_24h":"71420.01","volume_24h":"8123.44120931","low_24h":"69010","high_24h":"71240.5",)"
    R"("volume_30d":"241003.9","best_bid":"70512.33","best_bid_size":"0.1410022",)"
    R"("best_ask":"70512.34","best_ask_size":"0.0390171","side":"buy",)"
    R"("time":"2026-03-20T09:55:01.141674Z","trade_id":1004000001,"last_size":"0.01857498"})";

template <class Frame>
Frame Decode(std::string_view text) {
    auto frame = DecodeExchangeFrame(text, kBytesMax);
    EXPECT_TRUE(frame) << text << (frame ? "" : frame.error().context);
    if (!frame || !std::holds_alternative<Frame>(*frame)) {
        ADD_FAILURE() << "another kind of frame: " << text;
        return Frame{};
    }
    return std::get<Frame>(*frame);
}

std::string With(std::string_view what, std::string_view by) {
    std::string text(kTicker);
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
}

TEST(ExchangeFrame, ReadsATicker) {
    const auto ticker = Decode<ExchangeTicker>(kTicker);
    EXPECT_EQ(ticker.product_id, "BTC-USD");
    EXPECT_EQ(ticker.sequence, 126900000123);
    EXPECT_EQ(ticker.price, "70512.34");
    EXPECT_EQ(ticker.open_24h, "71420.01");
    EXPECT_EQ(ticker.low_24h, "69010");
    EXPECT_EQ(ticker.high_24h, "71240.5");
    EXPECT_EQ(ticker.volume_24h, "8123.44120931");
    EXPECT_EQ(ticker.best_bid, "70512.33");
    EXPECT_EQ(ticker.best_ask, "70512.34");
    EXPECT_EQ(ticker.best_bid_size, "0.1410022");
    EXPECT_EQ(ticker.best_ask_size, "0.0390171");
}

TEST(ExchangeFrame, LeavesOutOptionalNumbersThatAreBrokenOrAbsent) {
    EXPECT_EQ(
        Decode<ExchangeTicker>(With(R"("best_bid_size":"0.1410022",)", "")).best_bid_size, ""
    );
    EXPECT_EQ(Decode<ExchangeTicker>(With(R"("0.0390171")", R"("<b>")")).best_ask_size, "");
    EXPECT_EQ(Decode<ExchangeTicker>(With(R"("71420.01")", "null")).open_24h, "");
}

TEST(ExchangeFrame, RefusesATickerThatCannotBeShown) {
    for (const auto& text :
         {With(R"("70512.34")", "70512.34"),
          With(R"("70512.34")", R"("seventy")"),
          With(R"("price":"70512.34",)", ""),
          With(R"("BTC-USD")", R"("<script>")"),
          With(R"("product_id":"BTC-USD",)", ""),
          With("126900000123", R"("x")"),
          With("126900000123", "1.5"),
          With(R"("low_24h":"69010",)", ""),
          With(R"("best_bid":"70512.33",)", ""),
          With(R"("8123.44120931")", "{}")}) {
        const auto frame = DecodeExchangeFrame(text, kBytesMax);
        ASSERT_FALSE(frame) << text;
        EXPECT_EQ(frame.error().code, ErrorCode::kBadInput);
    }
}

TEST(ExchangeFrame, RefusesWhatIsNoFrame) {
    for (const char* text :
         {"",
          "null",
          "42",
          "\"ticker\"",
          "[]",
          "{}",
          R"({"type":5})",
          R"({"type":"ticker")",
          R"({"type":"ticker"}{"type":"ticker"})",
          "<html>",
          "{\"type\":\"a\xff\"}",
          R"({"type":"subscriptions","channels":5})"}) {
        EXPECT_FALSE(DecodeExchangeFrame(text, kBytesMax)) << text;
    }
    EXPECT_FALSE(DecodeExchangeFrame(std::string(500, '['), kBytesMax));
    EXPECT_EQ(DecodeExchangeFrame(kTicker, 100).error().code, ErrorCode::kTooLarge);
}

TEST(ExchangeFrame, ReadsTheOtherKinds) {
    EXPECT_EQ(
        Decode<Heartbeat>(R"({"type":"heartbeat","sequence":90,"product_id":"BTC-USD"})")
            .product_id,
        "BTC-USD"
    );
    const auto subscriptions = Decode<Subscriptions>(
        R"({"type":"subscriptions","channels":[{"name":"heartbeat","product_ids":["A-B"]},)"
        R"({"name":"ticker","product_ids":["BTC-USD","ETH-USD",7,"<b>"],"account_ids":null},"x"]})"
    );
    EXPECT_EQ(subscriptions.ticker_products, (std::vector<std::string>{"BTC-USD", "ETH-USD"}));
    const auto error = Decode<FeedError>(
        R"({"type":"error","message":"Failed to subscribe","reason":"FOO-USD is not a valid product"})"
    );
    EXPECT_EQ(error.message, "Failed to subscribe");
    EXPECT_EQ(error.reason, "FOO-USD is not a valid product");
    EXPECT_EQ(Decode<FeedError>(R"({"type":"error"})").message, "");
    EXPECT_EQ(Decode<UnknownFrame>(R"({"type":"status","x":1e400})").type, "status");
}

TEST(ExchangeFrame, SubscribesToEverythingInOneFrame) {
    const std::vector<std::string> products{"BTC-USD", "ETH-USD"};
    const std::string frame = EncodeSubscribe(products);
    EXPECT_TRUE(json::Check(frame));
    EXPECT_EQ(
        frame,
        R"({"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channels":["ticker","heartbeat"]})"
    );
}

}  // namespace
}  // namespace flux::feeds
