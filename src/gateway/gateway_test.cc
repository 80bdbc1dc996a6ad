// The gateway as a whole: bus in, sockets out.
#include "contract/golden_file.h"
#include "contract/location.h"
#include "contract/replies.h"
#include "contract/ticker.h"
#include "gateway/gateway_fixture.h"
#include "gateway/uuid.h"
#include "json/json_fields.h"

#include <set>

namespace flux::gateway {
namespace {

using net::testing::Eventually;
using testing::GatewayTest;
using testing::RawClient;
using testing::RunOn;

constexpr std::string_view kTickers = "crypto.ticker.event.updated";

std::string TickerJson(std::string product, std::string price) {
    contract::TickerEvent event;
    event.ts = 1;
    event.data.product_id = std::move(product);
    event.data.price = std::move(price);
    for (std::string* text :
         {&event.data.volume_24_h,
          &event.data.low_24_h,
          &event.data.high_24_h,
          &event.data.price_percent_chg_24_h,
          &event.data.best_bid,
          &event.data.best_ask}) {
        *text = "1";
    }
    return contract::Encode(event);
}

std::string TickerEventOf(std::string product, std::string price) {
    return "[\"cryptoTickerResponse\"," + std::string(contract::kSuccessHead) +
           TickerJson(std::move(product), std::move(price)) + std::string(contract::kSuccessTail) +
           "]";
}

/// The single argument of an event.
std::string ArgumentOf(const std::string& event_json) {
    json::ArrayReader items(event_json);
    return items.Next() && items.Next() ? std::string(items.value()) : "";
}

std::uint64_t Total(const Gateway& gateway, IntentOutcome outcome) {
    std::uint64_t total = 0;
    for (std::size_t shard = 0; shard < 2; ++shard) {
        total += gateway.ShardStatsOf(shard).intents[static_cast<std::size_t>(outcome)].value();
    }
    return total;
}

TEST_F(GatewayTest, GreetsEveryClient) {
    Start();
    RawClient known = Connect(R"({"guestId":" my-guest "})");
    const auto init = contract::DecodeSessionInit(ArgumentOf(known.ReadEvent()));
    ASSERT_TRUE(init.has_value()) << init.error().context;
    EXPECT_EQ(init->user_id, "my-guest");
    EXPECT_EQ(init->user_type, "guest");
    EXPECT_EQ(init->simulated, std::vector<std::string>{"crypto"});
    EXPECT_GT(init->server_time, 1'600'000'000'000);

    std::set<std::string> fresh;
    for (const char* auth : {"", "{}", R"({"guestId":7})"}) {
        RawClient guest = Connect(auth);
        const auto other = contract::DecodeSessionInit(ArgumentOf(guest.ReadEvent()));
        ASSERT_TRUE(other.has_value());
        EXPECT_EQ(other->user_id.size(), 36u);
        fresh.insert(other->user_id);
    }
    EXPECT_EQ(fresh.size(), 3u);
}

TEST_F(GatewayTest, AJoinIsAcknowledgedHydratedAndFollowed) {
    Start();
    Publish(kTickers, "BTC-USD", TickerJson("BTC-USD", "1"));
    Publish(kTickers, "ETH-USD", TickerJson("ETH-USD", "2"));
    Publish(kTickers, "BTC-USD", TickerJson("BTC-USD", "3"));
    AwaitRecords(kTickers, 3);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int n = 0; n < 4; ++n) {
        clients.push_back(std::make_unique<RawClient>(port_));
        RawClient& client = *clients.back();
        ASSERT_TRUE(client.connected());
        client.ReadEvent();  // session:init
        EXPECT_EQ(
            client.Ask(R"(["userLocationUpdate",{"city":"Pune"}])"),
            R"([{"status":"success","rooms":)"
            R"(["weather.pune","crypto.global","news.global","stock.global"]}])"
        );
        EXPECT_EQ(client.ReadEvent(), TickerEventOf("BTC-USD", "3"));
        EXPECT_EQ(client.ReadEvent(), TickerEventOf("ETH-USD", "2"));
        EXPECT_TRUE(client.ReadEvent().starts_with("[\"weatherLoading\","));
    }
    EXPECT_GT(gateway_->ShardStatsOf(0).sessions.value(), 0u);  // the clients are on both shards
    EXPECT_GT(gateway_->ShardStatsOf(1).sessions.value(), 0u);
    Publish(kTickers, "ETH-USD", TickerJson("ETH-USD", "4"));
    for (const auto& client : clients) {
        EXPECT_EQ(client->ReadEvent(), TickerEventOf("ETH-USD", "4"));
    }
    RawClient late = Connect();
    late.ReadEvent();
    late.Emit(R"(["userLocationUpdate"])");
    EXPECT_EQ(late.ReadEvent(), TickerEventOf("BTC-USD", "3"));
    EXPECT_EQ(late.ReadEvent(), TickerEventOf("ETH-USD", "4"));
}

TEST_F(GatewayTest, OddLocationsCrashNothing) {
    Start();
    RawClient client = Connect();
    client.ReadEvent();
    for (const char* argument :
         {"",
          ",null",
          ",{}",
          ",[]",
          ",7",
          ",\"x\"",
          ",{\"city\":\"\"}",
          ",{\"lat\":\"28.6\"}",
          ",null,null",
          ",{\"city\":null,\"country\":[1]}"}) {
        EXPECT_EQ(
            client.Ask("[\"userLocationUpdate\"" + std::string(argument) + "]"),
            R"([{"status":"success","rooms":)"
            R"(["weather.new delhi.IN","crypto.global","news.global","stock.global"]}])"
        ) << argument;
        EXPECT_TRUE(client.ReadEvent().starts_with("[\"weatherLoading\",")) << argument;
    }
    const std::string endless(contract::kPlaceCharactersMax + 1, 'x');
    for (const std::string& city :
         {"\"" + endless + "\"", std::string("7"), std::string(R"("\u0000")")}) {
        client.Emit("[\"userLocationUpdate\",{\"city\":" + city + "}]");
        const std::string event = client.ReadEvent();
        EXPECT_TRUE(event.starts_with("[\"weatherError\",")) << event;
        const auto reply = contract::DecodeErrorReply(ArgumentOf(event));
        ASSERT_TRUE(reply.has_value());
        EXPECT_EQ(reply->error, contract::Failure::kBadRequest);
    }
}

constexpr std::string_view kOrders = R"(
[[route]]
name = "orders"
topic = "shop.orders"
room = "orders.{region}"
event = "order"
snapshot = "latest"
delivery = "latest"
[[route]]
name = "lines"
topic = "shop.lines"
room = "lines"
event = "line"
[[intent]]
event = "orders:watch"
rooms = ["orders.{region}"]
[[intent]]
event = "lines:watch"
rooms = ["lines", "orders.eu"]
snapshots = []
[[intent]]
event = "connect"
rooms = ["everybody"]
)";

TEST_F(GatewayTest, AUserRouteNeedsNoCode) {
    Start(kOrders);
    RawClient eu = Connect();
    RawClient us = Connect();
    eu.ReadEvent();
    us.ReadEvent();
    EXPECT_EQ(
        eu.Ask(R"(["orders:watch",{"region":"eu"}])"),
        R"([{"status":"success","rooms":["orders.eu"]}])"
    );
    us.Ask(R"(["orders:watch",{"region":"us"}])");
    const std::string payload =
        R"({"region":"us","n":123456789012345678901234567890,  "x":1e400, "s":"\u00e9\/"})";
    Publish("shop.orders", "1", payload);
    EXPECT_EQ(us.ReadEvent(), "[\"order\"," + payload + "]");
    Publish("shop.orders", "2", R"({"region":"eu"})");
    EXPECT_EQ(eu.ReadEvent(), R"(["order",{"region":"eu"}])");  // and nothing of "us" before it
}

TEST_F(GatewayTest, APoisonedTopicDelaysNoOther) {
    Start(kOrders);
    RawClient client = Connect();
    client.ReadEvent();
    client.Ask(R"(["lines:watch"])");
    for (int n = 0; n < 50; ++n)
        Publish("shop.orders", "k", "{broken");
    Publish("shop.lines", std::nullopt, "\"fine\"");
    Publish("shop.orders", "k", R"({"region":"eu","n":1})");
    std::set<std::string> seen{client.ReadEvent(), client.ReadEvent()};
    EXPECT_TRUE(seen.contains(R"(["line","fine"])"));
    EXPECT_TRUE(seen.contains(R"(["order",{"region":"eu","n":1}])"));
    const PumpStats& stats = *gateway_->StatsOf("shop.orders");
    EXPECT_EQ(stats.skipped[static_cast<std::size_t>(Skip::kBadJson)].value(), 50u);
    EXPECT_NE(
        metrics_.Scrape().find(
            "flux_gateway_records_skipped_total{topic=\"shop.orders\",reason=\"bad_json\"} 50"
        ),
        std::string::npos
    );
}

TEST_F(GatewayTest, AnIntentMayAskForNoSnapshots) {
    Start(kOrders);
    Publish("shop.orders", "k", R"({"region":"eu","n":1})");
    AwaitRecords("shop.orders", 1);
    RawClient client = Connect();
    client.ReadEvent();
    client.Ask(R"(["lines:watch"])");
    Publish("shop.lines", std::nullopt, "1");
    EXPECT_EQ(client.ReadEvent(), R"(["line",1])");
}

TEST_F(GatewayTest, ATombstoneRemovesTheSnapshot) {
    Start(kOrders);
    Publish("shop.orders", "a", R"({"region":"eu","n":1})");
    Publish("shop.orders", "b", R"({"region":"eu","n":2})");
    Publish("shop.orders", "a", "");
    AwaitRecords("shop.orders", 3);
    for (int n = 0; n < 2; ++n) {
        RawClient client = Connect();
        client.ReadEvent();
        client.Emit(R"(["orders:watch",{"region":"eu"}])");
        EXPECT_EQ(client.ReadEvent(), R"(["order",{"region":"eu","n":2}])");
    }
}

TEST_F(GatewayTest, RefusesClearly) {
    Start(kOrders);
    RawClient client = Connect();
    client.ReadEvent();
    const auto refusal = [&](std::string_view event_json) {
        return contract::DecodeErrorReply(ArgumentOf("[0," + client.Ask(event_json).substr(1)));
    };
    const auto unknown = refusal(R"(["no:such"])");
    ASSERT_TRUE(unknown.has_value());
    EXPECT_EQ(unknown->error, contract::Failure::kBadRequest);
    EXPECT_EQ(unknown->message, "no:such: there is no such request");
    EXPECT_EQ(
        refusal(R"(["orders:watch",{"region":{}}])")->message,
        "orders:watch: no value for '{region}'"
    );
    EXPECT_EQ(
        refusal(R"(["orders:watch",{"region":"a\u0000"}])")->message,
        "orders:watch: the value of '{region}' has control characters"
    );
    client.Emit(R"(["no:such"])");  // nobody asked for an answer
    client.Emit(R"(["orders:watch"])");
    EXPECT_EQ(
        client.ReadEvent(),
        R"(["requestError",{"status":"error","error":"bad_request",)"
        R"("message":"orders:watch: no value for '{region}'","event":"orders:watch"}])"
    );
    EXPECT_EQ(Total(*gateway_, IntentOutcome::kUnknown), 2u);
    EXPECT_EQ(Total(*gateway_, IntentOutcome::kBadRequest), 3u);
}

TEST_F(GatewayTest, TooManyRoomsAreRefusedWhole) {
    options_.join_rate = {.per_second = 1000, .burst = 1000};
    options_.intent_rate = {.per_second = 1000, .burst = 1000};
    Start(kOrders);
    RawClient client = Connect();
    client.ReadEvent();
    std::string answer;
    std::size_t joined = 0;
    for (; joined < 2 * limits::kRoomsPerSocketMax; ++joined) {
        answer = client.Ask("[\"orders:watch\",{\"region\":\"" + std::to_string(joined) + "\"}]");
        if (answer.find("\"error\"") != std::string::npos) break;
    }
    EXPECT_NE(answer.find("\"error\":\"limit\""), std::string::npos) << answer;
    EXPECT_LE(joined, limits::kRoomsPerSocketMax);
    EXPECT_GE(joined, limits::kRoomsPerSocketMax - 2);
}

TEST_F(GatewayTest, AFloodIsAnsweredOnceAndThenClosed) {
    options_.intent_rate = {.per_second = 0.1, .burst = 5};
    options_.limited_in_row_max = 20;
    Start(kOrders);
    RawClient client = Connect();
    RawClient other = Connect();
    client.ReadEvent();
    other.ReadEvent();
    for (int n = 0; n < 5; ++n)
        client.Ask(R"(["getUserId"])");
    const std::string limited = client.Ask(R"(["getUserId"])");
    EXPECT_NE(limited.find("\"error\":\"rate_limited\""), std::string::npos) << limited;
    for (int n = 0; n < 30; ++n)
        client.Emit(R"(["orders:watch",{"region":"eu"}])");
    EXPECT_EQ(client.ReadCloseCode(), 4003);
    EXPECT_NE(other.Ask(R"(["getUserId"])"), "");
}

TEST_F(GatewayTest, AFloodOfJoinsIsClosedToo) {
    options_.join_rate = {.per_second = 0.1, .burst = 5};
    options_.intent_rate = {.per_second = 1000, .burst = 1000};
    options_.limited_in_row_max = 20;
    Start(kOrders);
    RawClient client = Connect();
    client.ReadEvent();
    const auto watch = [](int n) {
        return R"(["orders:watch",{"region":")" + std::to_string(n) + R"("}])";
    };
    int refused = 0;
    for (int n = 0; n < 15; ++n) {
        if (client.Ask(watch(n)).find("\"error\":\"rate_limited\"") != std::string::npos) ++refused;
    }
    EXPECT_GT(refused, 0);
    EXPECT_NE(client.Ask(R"(["getUserId"])"), "");  // carried out: the row begins anew
    client.ReadEvent();
    for (int n = 100; n < 120; ++n) {
        EXPECT_NE(client.Ask(watch(n)).find("\"error\":\"rate_limited\""), std::string::npos);
    }
    client.Emit(watch(120));
    EXPECT_EQ(client.ReadCloseCode(), 4003);
}

/// How many of `asks`, of one client and another in turn, are refused because of their address.
int RefusedOfAddress(RawClient& one, RawClient& other, const std::vector<std::string>& asks) {
    int refused = 0;
    bool turn = false;
    for (const std::string& ask : asks) {
        turn = !turn;
        const std::string answer = (turn ? one : other).Ask(ask);
        if (answer.find("\"error\":\"rate_limited\"") == std::string::npos) continue;
        EXPECT_NE(answer.find("from your network"), std::string::npos) << answer;
        ++refused;
    }
    return refused;
}

constexpr std::string_view kHere = "X-Forwarded-For: 203.0.113.7\r\n";
constexpr std::string_view kThere = "X-Forwarded-For: 198.51.100.9\r\n";

class AddressLimitsTest : public GatewayTest {
protected:
    void SetUp() override {
        GatewayTest::SetUp();
        options_.intent_rate = {.per_second = 1'000, .burst = 1'000};
        options_.join_rate = {.per_second = 1'000, .burst = 1'000};
    }

    RawClient Greeted(std::string_view headers = {}) {
        RawClient client(port_, {}, headers);
        EXPECT_TRUE(client.ReadEvent().starts_with("[\"session:init\","));
        return client;
    }

    const std::vector<std::string> questions_ = std::vector<std::string>(60, R"(["getUserId"])");
};

TEST_F(AddressLimitsTest, SessionsOfOneAddressShareABudgetOfEvents) {
    options_.addresses.intents = {.per_second = 1, .burst = 10};
    options_.addresses.loopback = true;
    Start(kOrders);
    RawClient one = Greeted();
    RawClient other = Greeted();
    EXPECT_GT(RefusedOfAddress(one, other, questions_), 20);
    EXPECT_GT(Total(*gateway_, IntentOutcome::kAddressLimited), 20u);
    EXPECT_EQ(Total(*gateway_, IntentOutcome::kRateLimited), 0u);
}

TEST_F(AddressLimitsTest, SessionsOfOneAddressShareABudgetOfJoins) {
    options_.addresses.joins = {.per_second = 1, .burst = 10};
    options_.addresses.loopback = true;
    Start(kOrders);
    RawClient one = Greeted();
    RawClient other = Greeted();
    std::vector<std::string> joins;
    for (int n = 0; n < 60; ++n)
        joins.push_back(R"(["orders:watch",{"region":")" + std::to_string(n) + R"("}])");
    EXPECT_GT(RefusedOfAddress(one, other, joins), 20);
    EXPECT_EQ(RefusedOfAddress(one, other, questions_), 0) << "which join nothing";
    // Who comes now is greeted all the same, and is in the rooms of every connection.
    RawClient third = Greeted();
    Publish("platform.service.event.updated", "stock", contract::Golden("service_status"));
    EXPECT_TRUE(third.ReadEvent().starts_with("[\"serviceStatus\","));
}

TEST_F(AddressLimitsTest, ClientsOfThisMachineHaveNoneUnlessToldOtherwise) {
    options_.addresses.intents = {.per_second = 1, .burst = 10};
    Start(kOrders);
    RawClient one = Greeted();
    RawClient other = Greeted();
    EXPECT_EQ(RefusedOfAddress(one, other, questions_), 0);
}

TEST_F(AddressLimitsTest, BehindATrustedProxyEachBrowserHasItsOwn) {
    options_.addresses.intents = {.per_second = 1, .burst = 10};
    trusted_proxies_ = {"127.0.0.1"};
    Start(kOrders);
    RawClient one = Greeted(kHere);
    EXPECT_GT(RefusedOfAddress(one, one, questions_), 20);
    RawClient other = Greeted(kThere);
    EXPECT_EQ(other.Ask(R"(["getUserId"])").find("error"), std::string::npos);
}

TEST_F(AddressLimitsTest, AForgedAddressBuysNothing) {
    options_.addresses.intents = {.per_second = 1, .burst = 10};
    options_.addresses.loopback = true;
    Start(kOrders);
    RawClient one = Greeted(kHere);
    RawClient other = Greeted(kThere);
    EXPECT_GT(RefusedOfAddress(one, other, questions_), 20);
}

TEST_F(GatewayTest, TellsOlderClientsTheirId) {
    Start();
    RawClient client = Connect(R"({"guestId":"g"})");
    client.ReadEvent();
    EXPECT_EQ(client.Ask(R"(["getUserId"])"), R"(["g"])");
    EXPECT_EQ(client.ReadEvent(), R"(["userUniqueId","g"])");
}

TEST_F(GatewayTest, AConnectIntentNeedsNoEvent) {
    Start(std::string(kOrders) + R"(
[[route]]
name = "news"
topic = "news"
room = "everybody"
event = "headline"
snapshot = "latest"
)");
    Publish("news", "k", "\"hello\"");
    AwaitRecords("news", 1);
    RawClient client = Connect();
    EXPECT_TRUE(client.ReadEvent().starts_with("[\"session:init\","));  // first, always
    EXPECT_EQ(client.ReadEvent(), R"(["headline","hello"])");
    Publish("news", "k", "\"again\"");
    EXPECT_EQ(client.ReadEvent(), R"(["headline","again"])");
}

TEST_F(GatewayTest, HydrationIsBounded) {
    options_.hydration_bytes_max = 3000;
    Start(kOrders);
    const std::string filler(1000, 'x');
    for (int n = 0; n < 5; ++n) {
        Publish("shop.orders", std::to_string(n), R"({"region":"eu","f":")" + filler + "\"}");
    }
    AwaitRecords("shop.orders", 5);
    RawClient client = Connect();
    client.ReadEvent();
    client.Ask(R"(["orders:watch",{"region":"eu"}])");
    const auto total = [&](const Counter GatewayShardStats::*counter) {
        return (gateway_->ShardStatsOf(0).*counter).value() +
               (gateway_->ShardStatsOf(1).*counter).value();
    };
    EXPECT_EQ(total(&GatewayShardStats::hydrations), 2u);
    EXPECT_EQ(total(&GatewayShardStats::hydrations_cut), 1u);
}

/// Publishes `count` tickers in one go, without a thread hop for each.
Task<bool> PublishMany(bus::EventBus& bus, int count) {
    for (int n = 0; n < count; ++n) {
        bus::Outgoing record;
        record.topic = bus::TopicName(std::string(kTickers));
        record.key = "FLOOD-USD";
        record.payload = SharedBytes(TickerJson("FLOOD-USD", std::to_string(n)));
        const auto published = co_await bus.Publish(std::move(record));
        if (!published) co_return false;
    }
    co_return true;
}

// A shard that stands still while the ring goes round it: its clients must end with the newest
// value of every key, none of them older than one they had.
TEST_F(GatewayTest, AShardThatFellOffTheRingEndsWithTheNewest) {
    Start(kOrders);
    Publish(kTickers, "OLD-USD", TickerJson("OLD-USD", "1"));
    Publish("shop.orders", "gone", R"({"region":"eu"})");
    AwaitRecords(kTickers, 1);
    AwaitRecords("shop.orders", 1);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int n = 0; n < 2; ++n) {
        clients.push_back(std::make_unique<RawClient>(port_));
        clients.back()->ReadEvent();
        clients.back()->Ask(R"(["userLocationUpdate"])");
        clients.back()->ReadEvent();
        clients.back()->ReadEvent();
    }
    ASSERT_GT(gateway_->ShardStatsOf(1).sessions.value(), 0u);

    std::promise<void> go_on;
    (*shards_)[1].PostReserved([held = go_on.get_future().share()] { held.wait(); });
    constexpr int kFlood = static_cast<int>(limits::kBroadcastRingEntries) + 500;
    Publish(kTickers, "OLD-USD", TickerJson("OLD-USD", "2"));  // overwritten in the ring
    Publish("shop.orders", "gone", "");
    EXPECT_TRUE(RunOn((*shards_)[0], PublishMany(*bus_, kFlood)));
    const auto read = [this](std::string_view topic) {
        return gateway_->StatsOf(topic)->records.value();
    };
    ASSERT_TRUE(Eventually([&] { return read(kTickers) >= kFlood + 2u; }));
    ASSERT_TRUE(Eventually([&] { return read("shop.orders") >= 2; }));
    go_on.set_value();
    ASSERT_TRUE(Eventually([&] { return gateway_->ShardStatsOf(1).refills.value() > 0; }));
    EXPECT_GT(gateway_->ShardStatsOf(1).missed.value(), 0u);
    Publish(kTickers, "LAST-USD", TickerJson("LAST-USD", "9"));

    for (const auto& client : clients) {
        std::string old_price = "1";
        int flood_price = -1;
        for (;;) {
            const std::string event = client->ReadEvent();
            ASSERT_NE(event, "");
            const auto price =
                json::FieldPath::Parse("1.data.data.price").value().FindText(event).value_or("?");
            const auto product =
                json::FieldPath::Parse("1.data.data.product_id").value().FindText(event);
            if (product == "LAST-USD") break;
            if (product == "OLD-USD") old_price = price;
            if (product != "FLOOD-USD") continue;
            EXPECT_GE(std::stoi(price), flood_price);
            flood_price = std::stoi(price);
        }
        EXPECT_EQ(old_price, "2");
        EXPECT_EQ(flood_price, kFlood - 1);
    }
    for (std::size_t shard = 0; shard < 2; ++shard) {
        EXPECT_EQ(gateway_->ShardStatsOf(shard).snapshots.entries.value(), 3);  // the order is gone
    }
}

TEST(NewUuid, IsVersionFour) {
    const std::string uuid = NewUuid();
    ASSERT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    EXPECT_NE(uuid, NewUuid());
}

}  // namespace
}  // namespace flux::gateway
