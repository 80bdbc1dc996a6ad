// The simulated Finnhub over real sockets, checked field by field.
#include "simulator/finnhub/finnhub.h"

#include "simulator/finnhub/share.h"
#include "simulator/simulator_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace flux::simulator {
namespace {

using ::testing::HasSubstr;

const std::string kQuote = "/finnhub/api/v1/quote?symbol=";

using FinnhubTest = SimulatorTest;

TEST_F(FinnhubTest, Quotes) {
    Start();
    for (const std::string symbol : {"AAPL", "BRK.B", "LOW"}) {
        const std::string body = FetchJson(kQuote + symbol + "&token=k");
        ExpectFields(
            body,
            {{"c", "n"},
             {"d", "n"},
             {"dp", "n"},
             {"h", "n"},
             {"l", "n"},
             {"o", "n"},
             {"pc", "n"},
             {"t", "i"}}
        );
        const double current = NumberAt(body, "c");
        const double close = NumberAt(body, "pc");
        EXPECT_GE(NumberAt(body, "h"), current);
        EXPECT_LE(NumberAt(body, "l"), current);
        EXPECT_NEAR(NumberAt(body, "d"), current - close, 0.0001);
        EXPECT_NEAR(NumberAt(body, "dp"), (current / close - 1) * 100, 0.0001);
        const double now = static_cast<double>(SystemClock::Instance().WallNow()) / 1000;
        EXPECT_NEAR(NumberAt(body, "t"), now, 5);
    }
    EXPECT_EQ(
        FetchJson(kQuote + "NOSUCH&token=k"),
        R"({"c":0,"d":null,"dp":null,"h":0,"l":0,"o":0,"pc":0,"t":0})"
    );
    EXPECT_EQ(Fetch(kQuote + "AAPL", "X-Finnhub-Token: k\r\n").status, 200);
}

TEST_F(FinnhubTest, RefusesAsTheVendorDoes) {
    Start();
    for (const std::string token : {"", "&token="}) {
        const WireAnswer missing = Fetch(kQuote + "AAPL" + token);
        EXPECT_EQ(missing.status, 429);
        EXPECT_THAT(TextAt(missing.body, "error"), HasSubstr("sign up for a free account"));
    }
    const WireAnswer refused = Fetch(kQuote + "AAPL&token=refused-key");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(TextAt(refused.body, "error"), "Invalid API key");
    const WireAnswer paid = Fetch("/finnhub/api/v1/stock/candle?symbol=AAPL&token=k");
    EXPECT_EQ(paid.status, 403);
    EXPECT_EQ(TextAt(paid.body, "error"), "You don't have access to this resource.");
    EXPECT_EQ(Fetch("/finnhub/api/v1/quote?token=k").status, 302);
    EXPECT_THAT(Ask("POST", kQuote + "AAPL&token=k", ""), HasSubstr("HTTP/1.1 405"));
}

TEST_F(FinnhubTest, CountsCallsInItsHeaders) {
    Start();
    Control("limits", R"({"source":"finnhub","rule":"second","most":0})");
    for (int left = 59; left >= 0; --left) {
        const WireAnswer answer = Fetch(kQuote + "AAPL&token=k");
        ASSERT_EQ(answer.status, 200);
        EXPECT_EQ(answer.Header("X-Ratelimit-Limit"), "60");
        EXPECT_EQ(answer.Header("X-Ratelimit-Remaining"), std::to_string(left));
    }
    const WireAnswer refused = Fetch(kQuote + "AAPL&token=k");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(
        TextAt(refused.body, "error"),
        "API limit reached. Please try again later. Remaining Limit: 0"
    );
    EXPECT_EQ(refused.Header("X-Ratelimit-Remaining"), "0");
    const double now = static_cast<double>(SystemClock::Instance().WallNow()) / 1000;
    EXPECT_GT(std::stod(refused.Header("X-Ratelimit-Reset")), now + 20);
    EXPECT_LT(std::stod(refused.Header("X-Ratelimit-Reset")), now + 62);
}

TEST(Shares, AreTheFiftyAndWalk) {
    constexpr WallMillis kNow = 1'774'015'202'000;
    EXPECT_GE(Shares().size(), 50u);
    int up = 0;
    for (const Share& share : Shares()) {
        EXPECT_EQ(FindShare(share.symbol), &share);
        const ShareQuote quote = QuoteAt(7, share, kNow);
        EXPECT_EQ(quote.current, QuoteAt(7, share, kNow).current);
        EXPECT_LE(quote.low, quote.open);
        EXPECT_GE(quote.high, quote.open);
        EXPECT_NEAR(quote.current / quote.previous_close, 1, 0.2);
        EXPECT_NEAR(quote.current / share.price, 1, 0.9);
        if (quote.current > quote.previous_close) ++up;
        const ShareQuote closed = QuoteOfClose(7, share, kNow);
        EXPECT_EQ(closed.current, QuoteOfClose(7, share, kNow + 3'600'000).current);
        EXPECT_LT(closed.traded, kNow);
        EXPECT_EQ(closed.current, quote.previous_close) << "a day's close is the next one's base";
    }
    EXPECT_GT(up, 5) << "some rise";
    EXPECT_LT(up, 50) << "and some fall";
    EXPECT_EQ(FindShare("aapl"), nullptr);
}

}  // namespace
}  // namespace flux::simulator
