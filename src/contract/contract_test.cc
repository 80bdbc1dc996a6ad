#include "contract/blank_text.h"
#include "contract/events.h"
#include "contract/gateway_claim.h"
#include "contract/golden_file.h"
#include "contract/location.h"
#include "contract/replies.h"
#include "contract/ticker.h"
#include "contract/topics.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flux::contract {
namespace {

TEST(Golden, EveryFileIsOneCheckedValue) {
    const std::vector<std::string> names = GoldenNames();
    for (const std::string& name : names)
        EXPECT_TRUE(json::Check(Golden(name)).has_value()) << name;
    EXPECT_GE(names.size(), 25u);
}

TEST(Golden, TickerEventReadsAndWritesTheSame) {
    const std::string golden = Golden("ticker_event");
    const Result<TickerEvent> event = DecodeTickerEvent(golden);
    ASSERT_TRUE(event.has_value()) << event.error().context;
    EXPECT_EQ(event->ts, 1774000501733);
    EXPECT_EQ(event->data.product_id, "BTC-USD");
    EXPECT_EQ(event->data.price, "70512.34");
    EXPECT_EQ(event->data.low_52_w, std::nullopt);
    EXPECT_EQ(Encode(*event), golden);
}

TEST(Golden, TheEnvelopeOfATickerIsHeadPayloadTail) {
    EXPECT_EQ(
        std::string(kSuccessHead) + Golden("ticker_event") + std::string(kSuccessTail),
        Golden("crypto_ticker_response")
    );
}

TEST(Golden, GatewayClaimReadsAndWritesTheSame) {
    const std::string golden = Golden("gateway_claim");
    const Result<GatewayClaim> claim = DecodeGatewayClaim(golden);
    ASSERT_TRUE(claim.has_value()) << claim.error().context;
    EXPECT_EQ(claim->host, "web-1");
    EXPECT_FALSE(claim->gone);
    EXPECT_EQ(Encode(*claim), golden);
    EXPECT_FALSE(DecodeGatewayClaim("{}"));
    EXPECT_FALSE(DecodeGatewayClaim("no json"));
}

TEST(Golden, RepliesReadAndWriteTheSame) {
    EXPECT_EQ(Encode(DecodeSessionInit(Golden("session_init")).value()), Golden("session_init"));
    EXPECT_EQ(Encode(DecodeErrorReply(Golden("error_reply")).value()), Golden("error_reply"));
    EXPECT_EQ(Encode(DecodeErrorReply(Golden("request_error")).value()), Golden("request_error"));
    EXPECT_EQ(Encode(DecodeLoadingReply(Golden("loading_reply")).value()), Golden("loading_reply"));
    EXPECT_EQ(Encode(DecodeJoinedReply(Golden("joined_reply")).value()), Golden("joined_reply"));
}

TEST(Golden, LocationIsRead) {
    const auto location = ReadLocation(Golden("user_location_update"));
    ASSERT_TRUE(location.has_value());
    ASSERT_TRUE(location->has_value());
    EXPECT_EQ((*location)->city, "Pune");
    EXPECT_EQ((*location)->region, "Maharashtra");
    EXPECT_EQ((*location)->country, "IN");
}

TEST(TickerEvent, RefusesWhatPagesCannotShow) {
    const std::string good = Golden("ticker_event");
    const auto refused = [](const std::string& json) {
        const Result<TickerEvent> event = DecodeTickerEvent(json);
        return !event.has_value() && event.error().code == ErrorCode::kBadInput;
    };
    EXPECT_TRUE(refused(With(good, "\"70512.34\"", "70512.34")));  // a number, not its text
    EXPECT_TRUE(refused(With(good, "\"70512.34\"", "\"\"")));
    EXPECT_TRUE(refused(With(good, "\"70512.34\"", "\"NaN\"")));
    EXPECT_TRUE(refused(With(good, "\"70512.34\"", "\" 1\"")));
    EXPECT_TRUE(refused(With(good, "\"type\":\"ticker\"", "\"type\":\"x\"")));
    EXPECT_TRUE(refused(With(good, "\"BTC-USD\"", "\"\"")));
    EXPECT_TRUE(refused(With(good, "\"low_24_h\":\"69010\",", "")));
    EXPECT_TRUE(refused(With(good, "1774000501733", "\"now\"")));
    EXPECT_TRUE(refused(With(good, "\"data\":{", "\"date\":{")));
    EXPECT_TRUE(refused(With(good, "}}", "}")));
    EXPECT_TRUE(refused("[]"));
    EXPECT_FALSE(refused(With(good, ",\"best_bid_quantity\":\"0.1410022\"", "")));
}

TEST(TickerEvent, KeepsTheTextOfNumbers) {
    const std::string precise =
        With(Golden("ticker_event"), "70512.34", "70512.340000000000000000000000000100");
    EXPECT_EQ(Encode(DecodeTickerEvent(precise).value()), precise);
}

TEST(Location, IsNowhereWhenTheClientDoesNotSay) {
    for (const char* argument :
         {"",
          "null",
          "{}",
          "[]",
          "\"Pune\"",
          "42",
          "true",
          R"({"city":null})",
          R"({"city":""})",
          R"({"city":" \t\u00a0 "})"}) {
        const auto location = ReadLocation(argument);
        ASSERT_TRUE(location.has_value()) << argument;
        EXPECT_FALSE(location->has_value()) << argument;
    }
}

TEST(Location, IsTidied) {
    const auto location =
        ReadLocation(R"({"city":"\u3000 New \n\t Delhi ","region":7,"country":"\u0000"})");
    ASSERT_TRUE(location.has_value() && location->has_value());
    EXPECT_EQ((*location)->city, "New Delhi");
    EXPECT_EQ((*location)->region, std::nullopt);
    EXPECT_EQ((*location)->country, std::nullopt);
}

TEST(Location, CountsCharactersNotBytes) {
    std::string city;
    for (int character = 0; character < 100; ++character)
        city += "\xE0\xA4\x95";
    EXPECT_TRUE(ReadLocation("{\"city\":\"" + city + "\"}").has_value());
    EXPECT_FALSE(ReadLocation("{\"city\":\"" + city + "x\"}").has_value());
}

TEST(Location, RefusesWhatNoCityIs) {
    for (const char* argument :
         {R"({"city":7})",
          R"({"city":["Pune"]})",
          R"({"city":"Pu\u0000ne"})",
          R"({"city":"Pu\u0085ne"})",
          R"({"city":"Pu\u007fne"})"}) {
        const auto location = ReadLocation(argument);
        ASSERT_FALSE(location.has_value()) << argument;
        EXPECT_EQ(location.error().code, ErrorCode::kBadInput);
    }
}

TEST(GuestId, IsTrimmedAndBounded) {
    EXPECT_EQ(GuestIdFrom(R"({"guestId":"  abc \u2003"})"), "abc");
    EXPECT_EQ(GuestIdFrom(R"({"guestId":""})"), std::nullopt);
    EXPECT_EQ(GuestIdFrom(R"({"guestId":"   "})"), std::nullopt);
    EXPECT_EQ(GuestIdFrom(R"({"guestId":7})"), std::nullopt);
    EXPECT_EQ(GuestIdFrom("{}"), std::nullopt);
    EXPECT_EQ(GuestIdFrom("[1]"), std::nullopt);
    const std::string longest(128, 'x');
    EXPECT_EQ(GuestIdFrom("{\"guestId\":\" " + longest + " \"}"), longest);
    EXPECT_EQ(GuestIdFrom("{\"guestId\":\"" + longest + "x\"}"), std::nullopt);
}

TEST(Failure, NamesAreTheContract) {
    for (int value = 0; value <= static_cast<int>(Failure::kInternal); ++value) {
        const auto failure = static_cast<Failure>(value);
        EXPECT_EQ(FailureFrom(NameOf(failure)), failure);
    }
    EXPECT_EQ(FailureFrom("oops"), std::nullopt);
}

TEST(Events, KnowWhatIsTaken) {
    EXPECT_TRUE(events::IsReserved("disconnect"));
    EXPECT_FALSE(events::IsReserved("orders"));
    EXPECT_TRUE(events::IsWeatherUpdate("weather.Pune.update"));
    EXPECT_TRUE(events::IsWeatherUpdate("weather..update"));
    EXPECT_TRUE(events::IsWeatherUpdate("weather.update")) << "pages look at both ends alone";
    EXPECT_FALSE(events::IsWeatherUpdate("weather.updates"));
    EXPECT_FALSE(events::IsWeatherUpdate("my.weather.update"));
    EXPECT_FALSE(events::IsWeatherUpdate("weatherError"));
}

TEST(Topics, AreFoundByName) {
    ASSERT_NE(FindTopic("crypto.ticker.event.updated"), nullptr);
    EXPECT_FALSE(FindTopic("crypto.ticker.event.updated")->durable);
    EXPECT_EQ(FindTopic("orders.of.somebody"), nullptr);
}

}  // namespace
}  // namespace flux::contract
