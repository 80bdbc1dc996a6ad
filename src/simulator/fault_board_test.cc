#include "simulator/fault_board.h"

#include "base/units.h"
#include "json/json_check.h"
#include "simulator/coinbase/feed_request.h"
#include "simulator/coinbase/request_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::simulator {
namespace {

std::string ListOf(const FaultBoard& board) {
    std::string list = "[";
    board.Append(list);
    return list + "]";
}

TEST(FaultBoard, CountsAFaultDown) {
    ManualClock clock;
    FaultBoard board(clock);
    EXPECT_FALSE(board.Use(FaultKind::kGarbage));
    board.Set(*ParseFault(R"({"fault":"garbage","count":2})"));
    EXPECT_NE(board.Active(FaultKind::kGarbage), nullptr);
    EXPECT_TRUE(board.Use(FaultKind::kGarbage));
    EXPECT_EQ(ListOf(board), R"([{"source":"coinbase","fault":"garbage","count":1}])");
    EXPECT_TRUE(board.Use(FaultKind::kGarbage));
    EXPECT_FALSE(board.Use(FaultKind::kGarbage));
    EXPECT_EQ(ListOf(board), "[]");
}

TEST(FaultBoard, EndsAFaultAfterItsTime) {
    ManualClock clock;
    FaultBoard board(clock);
    board.Set(*ParseFault(R"({"fault":"http_429","seconds":1.5,"retry_after":3})"));
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(board.Use(FaultKind::kHttp429));
    EXPECT_EQ(board.Active(FaultKind::kHttp429)->retry_after, 3);
    EXPECT_EQ(
        ListOf(board), R"([{"source":"coinbase","fault":"http_429","milliseconds_left":1500}])"
    );
    clock.Advance(1500ms);
    EXPECT_FALSE(board.Use(FaultKind::kHttp429));
    board.Set(*ParseFault(R"({"fault":"silence"})"));
    EXPECT_NE(board.Active(FaultKind::kSilence), nullptr);
    board.Clear();
    EXPECT_EQ(board.Active(FaultKind::kSilence), nullptr);
}

TEST(FaultBoard, MeetsOnlyTheRequestsItIsFor) {
    ManualClock clock;
    FaultBoard board(clock);
    board.Set(
        *ParseFault(R"({"source":"finnhub","fault":"http_429","count":1,"match":"AAPL","after":2})")
    );
    EXPECT_FALSE(board.Use(FaultKind::kHttp429, "/quote?symbol=MSFT"));
    EXPECT_FALSE(board.Use(FaultKind::kHttp429, "/quote?symbol=AAPL"));
    EXPECT_EQ(
        ListOf(board),
        R"([{"source":"finnhub","fault":"http_429","match":"AAPL","after":1,"count":1}])"
    );
    EXPECT_FALSE(board.Use(FaultKind::kHttp429, "/quote?symbol=AAPL"));
    EXPECT_TRUE(board.Use(FaultKind::kHttp429, "/quote?symbol=AAPL"));
    EXPECT_FALSE(board.Use(FaultKind::kHttp429, "/quote?symbol=AAPL"));
}

TEST(FaultBoard, KeepsAFaultUntilItIsCleared) {
    ManualClock clock;
    FaultBoard board(clock);
    board.Set(*ParseFault(R"({"fault":"down"})"));
    clock.Advance(100h);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(board.Use(FaultKind::kDown));
    EXPECT_EQ(ListOf(board), R"([{"source":"coinbase","fault":"down","lasting":true}])");
    board.Clear();
    EXPECT_FALSE(board.Use(FaultKind::kDown));
    board.Set(*ParseFault(R"({"fault":"down","seconds":2})"));
    clock.Advance(2s);
    EXPECT_FALSE(board.Use(FaultKind::kDown));
}

TEST(FaultBoard, SaysWhatIsWrongWithARequest) {
    for (const char* text :
         {"",
          "{}",
          "[]",
          R"({"fault":"nonsense"})",
          R"({"fault":"garbage","count":-1})",
          R"({"fault":"garbage","seconds":"x"})",
          R"({"fault":"garbage","other":1})",
          R"({"fault":"garbage","source":""})",
          R"({"fault":"garbage","lasting":1})",
          R"({"fault":"slow_body","delay":0})",
          R"({"fault":"mute","product":5})"}) {
        EXPECT_FALSE(ParseFault(text)) << text;
    }
    EXPECT_THAT(ParseFault(R"({"fault":"x"})").error().context, testing::HasSubstr("drop_socket"));
}

TEST(FeedRequest, TakesProductsAtTheRootAndPerChannel) {
    const auto request =
        ParseFeedRequest(R"({"type":"subscribe","product_ids":["BTC-USD"],)"
                         R"("channels":["heartbeat",{"name":"ticker","product_ids":["ETH-USD"]}]})"
        );
    ASSERT_TRUE(request);
    EXPECT_TRUE(request->subscribe);
    ASSERT_EQ(request->channels.size(), 2u);
    EXPECT_EQ(request->channels[0].name, "heartbeat");
    EXPECT_EQ(request->channels[0].products, std::vector<std::string>{"BTC-USD"});
    EXPECT_EQ(request->channels[1].products, (std::vector<std::string>{"BTC-USD", "ETH-USD"}));
    EXPECT_FALSE(ParseFeedRequest(R"({"type":"unsubscribe","channels":["ticker"]})")->subscribe);
    for (const char* text :
         {"",
          "[]",
          R"({"type":"buy"})",
          R"({"type":"subscribe"})",
          R"({"type":"subscribe","channels":[]})",
          R"({"type":"subscribe","channels":["ticker"],"product_ids":[1]})"}) {
        EXPECT_FALSE(ParseFeedRequest(text)) << text;
    }
}

TEST(RequestBudget, IsPerAddressAndBounded) {
    ManualClock clock;
    RequestBudget budget(clock, 8, 20);
    const auto one = *net::IpAddress::Parse("127.0.0.1");
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(budget.Take(one));
    EXPECT_FALSE(budget.Take(one));
    EXPECT_TRUE(budget.Take(*net::IpAddress::Parse("127.0.0.2")));
    clock.Advance(125ms);
    EXPECT_TRUE(budget.Take(one));
    EXPECT_FALSE(budget.Take(one));
    std::size_t refused = 0;
    for (int i = 0; i < 2000; ++i) {
        const std::string text = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
        if (!budget.Take(*net::IpAddress::Parse(text))) ++refused;
    }
    EXPECT_EQ(refused, 2000u - 1023u);  // 127.0.0.2 was quiet again and made room
    clock.Advance(1h);                  // all are quiet again
    EXPECT_TRUE(budget.Take(*net::IpAddress::Parse("10.9.9.9")));
}

}  // namespace
}  // namespace flux::simulator
