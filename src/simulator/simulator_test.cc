// The simulated exchange over real sockets, as a client of the vendor would use it.
#include "simulator/simulator.h"

#include "base/random.h"
#include "base/units.h"
#include "json/json_check.h"
#include "json/json_fields.h"
#include "net/client/ws_client.h"
#include "runtime/task_group.h"
#include "simulator/simulator_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <set>

namespace flux::simulator {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string TypeOf(std::string_view frame) {
    const auto type = json::Member(frame, "type");
    return type ? json::AsString(*type).value_or("") : "";
}

/// The next frame of a type, as text; "" when it does not come.
Task<std::string> Next(net::WsClient& client, std::string type) {
    for (int i = 0; i < 500; ++i) {
        const auto message = co_await client.Read(5s);
        if (!message) co_return "";
        EXPECT_TRUE(json::Check(message->payload)) << message->payload;
        if (TypeOf(message->payload) == type) co_return std::string(message->payload);
    }
    co_return "";
}

TEST_F(SimulatorTest, AnswersASubscribeAsTheVendorDoes) {
    Start();
    Run([](SimulatorTest& t) -> Task<> {
        net::WsClient client(t.WsOptions());
        const auto connected = co_await client.Connect();
        EXPECT_TRUE(connected);
        const std::string subscribe =
            R"({"type":"subscribe","product_ids":["BTC-USD"],"channels":["heartbeat",)"
            R"({"name":"ticker","product_ids":["ETH-USD"]}]})";
        const auto sent = co_await client.Write(subscribe, 5s);
        EXPECT_TRUE(sent);
        const auto first = co_await client.Read(5s);
        EXPECT_EQ(
            first->payload,
            R"({"type":"subscriptions","channels":[)"
            R"({"name":"ticker","product_ids":["BTC-USD","ETH-USD"],"account_ids":null},)"
            R"({"name":"heartbeat","product_ids":["BTC-USD"],"account_ids":null}]})"
        );
        // A first ticker per product follows at once.
        std::set<std::string> products;
        for (int i = 0; i < 2; ++i) {
            const auto message = co_await client.Read(5s);
            EXPECT_EQ(TypeOf(message->payload), "ticker");
            products.insert(*json::AsString(*json::Member(message->payload, "product_id")));
        }
        EXPECT_EQ(products.size(), 2u);
        const std::string heartbeat = co_await Next(client, "heartbeat");
        EXPECT_THAT(heartbeat, HasSubstr(R"("product_id":"BTC-USD")"));
        EXPECT_THAT(heartbeat, HasSubstr(R"("last_trade_id":)"));

        const auto left =
            co_await client.Write(R"({"type":"unsubscribe","channels":["ticker"]})", 5s);
        EXPECT_TRUE(left);
        const std::string ack = co_await Next(client, "subscriptions");
        EXPECT_EQ(ack.find("ticker"), std::string::npos) << ack;
        co_await client.Close(5s);
    }(*this));
    EXPECT_EQ(simulator->stats().sessions.value(), 1u);
}

TEST_F(SimulatorTest, RefusesWhatItDoesNotOfferAndTakesTheRest) {
    Start();
    Run([](SimulatorTest& t) -> Task<> {
        net::WsClient client(t.WsOptions());
        const auto connected = co_await client.Connect();
        EXPECT_TRUE(connected);
        const auto sent = co_await client.Write(
            R"({"type":"subscribe","product_ids":["FOO-USD","BTC-USD","LUNA-USD"],)"
            R"("channels":["ticker","level2","nonsense"]})",
            5s
        );
        EXPECT_TRUE(sent);
        std::string reasons;
        for (int i = 0; i < 4; ++i)
            reasons += co_await Next(client, "error");
        EXPECT_THAT(reasons, HasSubstr("FOO-USD is not a valid product"));
        EXPECT_THAT(reasons, HasSubstr("LUNA-USD is not a valid product"));  // delisted
        EXPECT_THAT(reasons, HasSubstr("require authentication"));
        EXPECT_THAT(reasons, HasSubstr("nonsense is not a valid channel"));
        const std::string ack = co_await Next(client, "subscriptions");
        EXPECT_THAT(ack, HasSubstr(R"("product_ids":["BTC-USD"])"));

        const auto broken = co_await client.Write("{", 5s);
        EXPECT_TRUE(broken);
        const std::string error = co_await Next(client, "error");
        EXPECT_THAT(error, HasSubstr("Malformed JSON"));
    }(*this));
}

TEST_F(SimulatorTest, ClosesAClientThatSaysNothing) {
    options.exchange.first_message_time_max = 100ms;
    Start();
    Run([](SimulatorTest& t) -> Task<> {
        net::WsClient client(t.WsOptions());
        const auto connected = co_await client.Connect();
        EXPECT_TRUE(connected);
        const auto message = co_await client.Read(5s);
        EXPECT_FALSE(message);
        EXPECT_THAT(message.error().context, HasSubstr("1008"));
    }(*this));
    EXPECT_EQ(simulator->stats().first_message_missing.value(), 1u);
}

TEST_F(SimulatorTest, ClosesAClientThatTalksTooMuchOrTooLong) {
    options.exchange.messages_per_second = 3;
    Start();
    Run([](SimulatorTest& t) -> Task<> {
        net::WsClient client(t.WsOptions());
        const auto connected = co_await client.Connect();
        EXPECT_TRUE(connected);
        for (int i = 0; i < 10; ++i) {
            const auto sent = co_await client.Write("{}", 5s);
            if (!sent) break;
        }
        std::string last;
        for (;;) {
            const auto message = co_await client.Read(5s);
            if (!message) break;
            last = message->payload;
        }
        EXPECT_THAT(last, HasSubstr("ErrSlowRead"));

        net::WsClient long_winded(t.WsOptions());
        const auto again = co_await long_winded.Connect();
        EXPECT_TRUE(again);
        const std::string large(100 * KiB, ' ');
        const auto sent = co_await long_winded.Write(large, 5s);
        EXPECT_TRUE(sent);
        const auto message = co_await long_winded.Read(5s);
        EXPECT_THAT(message.error().context, HasSubstr("1009"));
    }(*this));
}

TEST_F(SimulatorTest, ClosesAClientThatDoesNotRead) {
    options.exchange.queue_bytes_max = 64 * KiB;
    Start();
    namespace asio = boost::asio;
    asio::io_context io;
    asio::ip::tcp::socket socket(io, asio::ip::tcp::v4());
    socket.set_option(asio::socket_base::receive_buffer_size(4096));
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    std::string hello =
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const std::string subscribe =
        R"({"type":"subscribe","product_ids":["BTC-USD"],"channels":["ticker"]})";
    hello += "\x81";
    hello += static_cast<char>(0x80 | subscribe.size());
    hello += std::string(4, '\0') + subscribe;  // a mask of zeros
    asio::write(socket, asio::buffer(hello));
    // Frames larger than any socket buffer make it quick.
    Fault flood;
    flood.kind = FaultKind::kHugeFrame;
    flood.duration = 20s;
    ASSERT_TRUE(simulator->Inject(flood));
    const SteadyTime until = SystemClock::Instance().Now() + 20s;
    while (simulator->stats().sessions_open.value() != 0 || simulator->stats().sessions.value() == 0
    ) {
        ASSERT_LT(SystemClock::Instance().Now(), until);
        shards.OnEachShard([](Shard&) {});  // lets a turn pass
    }
    EXPECT_EQ(simulator->stats().slow_sessions.value(), 1u);
}

TEST_F(SimulatorTest, DeclinesAnAddressThatConnectsTooOften) {
    options.exchange.connects_per_second = 1;
    options.exchange.connects_burst = 3;
    Start();
    Run([](SimulatorTest& t) -> Task<> {
        for (int i = 0; i < 3; ++i) {
            net::WsClient client(t.WsOptions());
            const auto connected = co_await client.Connect();
            EXPECT_TRUE(connected) << i;
        }
        net::WsClient client(t.WsOptions());
        const auto declined = co_await client.Connect();
        EXPECT_FALSE(declined);
        EXPECT_EQ(client.refusal()->status, 429);
    }(*this));
    EXPECT_EQ(simulator->stats().declined.value(), 1u);
}

TEST_F(SimulatorTest, ServesItsProducts) {
    Start();
    Run([](SimulatorTest& t) -> Task<> {
        const auto list = co_await t.Get("/products");
        EXPECT_EQ(list->status, 200);
        EXPECT_TRUE(json::Check(list->body));
        EXPECT_THAT(list->body, HasSubstr(R"("id":"BTC-USD","base_currency":"BTC")"));
        EXPECT_THAT(list->body, HasSubstr(R"("status":"delisted")"));
        const auto one = co_await t.Get("/products/ETH-USD");
        EXPECT_THAT(one->body, StartsWith(R"({"id":"ETH-USD")"));
        const auto ticker = co_await t.Get("/products/ETH-USD/ticker");
        EXPECT_TRUE(json::Member(ticker->body, "bid").has_value());
        const auto none = co_await t.Get("/products/NOPE-USD");
        EXPECT_EQ(none->status, 404);
        EXPECT_EQ(none->body, R"({"message":"NotFound"})");
        const auto nameless = co_await t.Get("/products", "");
        EXPECT_EQ(nameless->status, 400);
    }(*this));
}

TEST_F(SimulatorTest, ServesCandles) {
    Start();
    for (const std::int64_t length : CandleBook::kGranularities) {
        const auto rows =
            Items(FetchJson("/products/BTC-USD/candles?granularity=" + std::to_string(length)));
        ASSERT_GE(rows.size(), 299u);
        EXPECT_LE(rows.size(), 300u);
        double newer = HUGE_VAL;
        for (const std::string& row : rows) {
            const auto fields = Items(row);
            ASSERT_EQ(fields.size(), 6u);  // time, low, high, open, close, volume
            const double time = NumberAt(row, "0");
            EXPECT_LT(time, newer) << "newest first";
            EXPECT_EQ(std::fmod(time, static_cast<double>(length)), 0);
            newer = time;
            EXPECT_LE(NumberAt(row, "1"), std::min(NumberAt(row, "3"), NumberAt(row, "4")));
            EXPECT_GE(NumberAt(row, "2"), std::max(NumberAt(row, "3"), NumberAt(row, "4")));
            EXPECT_GE(NumberAt(row, "5"), 0);
        }
    }
    EXPECT_EQ(Fetch("/products/BTC-USD/candles?granularity=61").status, 400);
    EXPECT_EQ(Fetch("/products/BTC-USD/candles?granularity=x").status, 400);
    EXPECT_EQ(Fetch("/products/NOPE-USD/candles").status, 404);
    EXPECT_EQ(Fetch("/products/BTC-USD/other").status, 404);
}

TEST_F(SimulatorTest, LimitsRequests) {
    options.exchange.requests_per_second = 1;
    options.exchange.requests_burst = 2;
    Start();
    Run([](SimulatorTest& t) -> Task<> {
        for (const int expected : {200, 200, 429}) {
            const auto reply = co_await t.Get("/products");
            EXPECT_EQ(reply->status, expected);
        }
    }(*this));
}

TEST_F(SimulatorTest, TakesFaultsOverHttp) {
    Start();
    EXPECT_THAT(Ask("GET", "/_simulator/faults", ""), HasSubstr("\r\n\r\n[]"));
    const std::string set =
        Ask("POST", "/_simulator/faults", R"({"fault":"http_429","count":1,"retry_after":9})");
    EXPECT_THAT(set, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(set, HasSubstr(R"([{"source":"coinbase","fault":"http_429","count":1}])"));
    const std::string limited = Ask("GET", "/products", "");
    EXPECT_THAT(limited, StartsWith("HTTP/1.1 429"));
    EXPECT_THAT(limited, HasSubstr("Retry-After: 9\r\n"));

    EXPECT_THAT(
        Ask("POST", "/_simulator/faults", R"({"fault":"nonsense"})"),
        testing::AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("drop_socket"))
    );
    Ask("POST", "/_simulator/faults", R"({"fault":"silence","seconds":60})");
    EXPECT_THAT(
        Ask("GET", "/_simulator/state", ""),
        HasSubstr(R"("faults":[{"source":"coinbase","fault":"silence")")
    );
    EXPECT_THAT(Ask("DELETE", "/_simulator/faults", ""), HasSubstr("\r\n\r\n[]"));
    EXPECT_THAT(Ask("PUT", "/_simulator/faults", ""), StartsWith("HTTP/1.1 405"));
    EXPECT_THAT(Ask("GET", "/_simulator/other", ""), StartsWith("HTTP/1.1 404"));
}

TEST_F(SimulatorTest, LetsNoWebPageControlIt) {
    Start();
    const std::string fault = R"({"fault":"silence","seconds":60})";
    for (const std::string origin : {"http://evil.example", "http://localhost", "null", ""}) {
        const std::string header = "Origin: " + origin + "\r\n";
        EXPECT_THAT(Ask("POST", "/_simulator/faults", fault, header), StartsWith("HTTP/1.1 403"));
        EXPECT_THAT(Ask("GET", "/_simulator/state", "", header), StartsWith("HTTP/1.1 403"));
    }
    EXPECT_THAT(Ask("GET", "/_simulator/faults", ""), HasSubstr("\r\n\r\n[]"));
    Ask("POST", "/_simulator/faults", fault);
    EXPECT_THAT(
        Ask("DELETE", "/_simulator/faults", "", "Origin: http://evil.example\r\n"),
        StartsWith("HTTP/1.1 403")
    );
    EXPECT_THAT(Ask("GET", "/_simulator/faults", ""), HasSubstr("silence"));
}

TEST_F(SimulatorTest, ShowsItsState) {
    Start();
    Run([](SimulatorTest& t) -> Task<> {
        net::WsClient client(t.WsOptions());
        const auto connected = co_await client.Connect();
        EXPECT_TRUE(connected);
        const auto sent = co_await client.Write(
            R"({"type":"subscribe","product_ids":["BTC-USD"],"channels":["ticker"]})", 5s
        );
        EXPECT_TRUE(sent);
        const std::string ticker = co_await Next(client, "ticker");
        EXPECT_FALSE(ticker.empty());
        const auto state = co_await t.Get("/_simulator/state");
        EXPECT_TRUE(json::Check(state->body)) << state->body;
        EXPECT_THAT(state->body, HasSubstr(R"("sessions":[{"id":1,"tickers":1,"heartbeats":0)"));
        EXPECT_THAT(state->body, HasSubstr(R"("id":"BTC-USD","price":)"));
    }(*this));
}

TEST_F(SimulatorTest, SaysGoodbyeWhenItStops) {
    Start();
    net::WsClientOptions client_options = WsOptions();
    std::promise<std::string> ended;
    auto client_task = [](net::WsClientOptions wanted, std::promise<std::string>& out) -> Task<> {
        net::WsClient client(std::move(wanted));
        const auto connected = co_await client.Connect();
        EXPECT_TRUE(connected);
        const auto sent = co_await client.Write(
            R"({"type":"subscribe","product_ids":["BTC-USD"],"channels":["ticker"]})", 5s
        );
        EXPECT_TRUE(sent);
        for (;;) {
            const auto message = co_await client.Read(10s);
            if (message) continue;
            out.set_value(message.error().context);
            co_return;
        }
    };
    shards[1].PostReserved([&] {
        boost::asio::co_spawn(
            shards[1].io(), client_task(client_options, ended), boost::asio::detached
        );
    });
    const SteadyTime until = SystemClock::Instance().Now() + 20s;
    while (simulator->stats().subscribes.value() == 0) {
        ASSERT_LT(SystemClock::Instance().Now(), until);
        shards.OnEachShard([](Shard&) {});
    }
    simulator->Stop();
    EXPECT_THAT(ended.get_future().get(), HasSubstr("1001"));
}

TEST_F(SimulatorTest, RefusesToStartOnABadRecordingOrSpeed) {
    options.replay_file = "/nowhere.csv";
    Simulator missing(shards, options, metrics);
    EXPECT_EQ(missing.Start().error().code, ErrorCode::kNotFound);
    options.replay_file.clear();
    options.exchange.speed = 0;
    Simulator stuck(shards, options, metrics);
    EXPECT_EQ(stuck.Start().error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace flux::simulator
