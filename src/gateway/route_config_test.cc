#include "gateway/route_config.h"

#include "config/load.h"
#include "gateway/built_in_routes.h"
#include "gateway/gateway_settings.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace flux::gateway {
namespace {

struct Read {
    GatewayOptions options;
    std::optional<RoutingTables> tables;
    config::Problems problems;
};

/// What the program makes of a flux.toml with that text.
Read ReadToml(std::string_view text) {
    Read read;
    GatewayRows rows;
    config::Registry registry;
    AddGatewaySettings(registry, read.options, rows);
    config::ApplyText(registry, text, "flux.toml", read.problems);
    read.tables = ReadRoutingTables(rows, read.problems);
    return read;
}

TEST(RouteConfig, BuiltInRowsCarryTickers) {
    const RoutingTables tables = DefaultRoutingTables();
    const Route* const ticker = tables.routes.Find(tables.routes.NumberOf("crypto.ticker"));
    ASSERT_NE(ticker, nullptr);
    EXPECT_EQ(ticker->topic, "crypto.ticker.event.updated");
    EXPECT_EQ(ticker->room.text(), "crypto.global");
    EXPECT_EQ(ticker->event, "cryptoTickerResponse");
    EXPECT_EQ(ticker->delivery, socketio::DeliveryPolicy::kLatestPerKey);
    EXPECT_EQ(ticker->snapshot, SnapshotRule::kLatestPerKey);
    const Intent* const location = tables.intents.Find("userLocationUpdate");
    ASSERT_NE(location, nullptr);
    EXPECT_EQ(location->intake, Intake::kLocation);
    EXPECT_EQ(location->rooms.size(), 3u);
}

TEST(RouteConfig, ReadsEveryFieldOfARoute) {
    const Read read = ReadToml(R"(
[[route]]
name = "orders"
topic = "shop.orders"
key_prefix = "eu-"
where = { type = "order", "lines.0.n" = 7, open = true }
room = "orders.{region}"
event = "order"
envelope_head = '{"v":1,"order":'
envelope_tail = "}"
delivery = "every"
conflate_by = "{region}/{key}"
snapshot = "latest"
snapshot_keys_max = 5
recovery = "replay"
)");
    ASSERT_TRUE(read.tables.has_value()) << read.problems.ToString();
    const Route& route = *read.tables->routes.Find(read.tables->routes.NumberOf("orders"));
    EXPECT_TRUE(route.match.AllowsKey("eu-1"));
    EXPECT_FALSE(route.match.AllowsKey("us-1"));
    EXPECT_FALSE(route.match.AllowsKey(std::nullopt));
    EXPECT_TRUE(route.match.AllowsPayload(R"({"type":"order","lines":[{"n":7}],"open":true})"));
    EXPECT_FALSE(route.match.AllowsPayload(R"({"type":"order","lines":[{"n":8}],"open":true})"));
    EXPECT_FALSE(route.match.AllowsPayload("[]"));
    EXPECT_EQ(route.envelope.head, R"({"v":1,"order":)");
    EXPECT_EQ(route.delivery, socketio::DeliveryPolicy::kEvery);
    ASSERT_TRUE(route.key.has_value());
    EXPECT_EQ(route.key->text(), "{region}/{key}");
    EXPECT_EQ(route.snapshot, SnapshotRule::kLatestPerKey);
    EXPECT_EQ(route.snapshot_keys_max, 5u);
    EXPECT_EQ(route.recovery, Recovery::kReplay);
}

TEST(RouteConfig, FourFieldsAreARoute) {
    const Read read = ReadToml(R"(
[[route]]
name = "orders"
topic = "shop.orders"
room = "orders.{region}"
event = "order"
[[intent]]
event = "orders:watch"
rooms = ["orders.{region}"]
)");
    ASSERT_TRUE(read.tables.has_value()) << read.problems.ToString();
    const Route& route = *read.tables->routes.Find(read.tables->routes.NumberOf("orders"));
    EXPECT_EQ(route.envelope.head + route.envelope.tail, "");
    EXPECT_EQ(route.delivery, socketio::DeliveryPolicy::kEvery);
    EXPECT_EQ(route.snapshot, SnapshotRule::kNone);
    EXPECT_EQ(route.recovery, Recovery::kSnapshot);
    EXPECT_TRUE(route.match.AllowsKey(std::nullopt));
    ASSERT_NE(read.tables->intents.Find("orders:watch"), nullptr);
}

TEST(RouteConfig, NamesEveryMistakeWithItsLine) {
    const Read read = ReadToml(R"([[route]]
name = "a"
topic = "no such name!"
key = "x"
key_prefix = "y"
room = "r.{a..b}"
event = "disconnect"
envelope_head = '"'
envelope_tail = '"'
delivery = "sometimes"
snapshots = "latest"
snapshot_keys_max = 0
recovery = "snapshot"
where = { x = [1] }
[[route]]
name = "a2"
[[intent]]
event = "watch"
rooms = ["r.{key}"]
snapshots = ["crypto.tickr"]
[[intent]]
event = "connect"
rooms = ["r.{x}"]
[[intent]]
event = "getUserId"
)");
    EXPECT_FALSE(read.tables.has_value());
    const std::string all = read.problems.ToString();
    const auto names = [&](std::string_view line, std::string_view what) {
        const std::string place = "flux.toml:" + std::string(line) + ": ";
        for (const std::string& problem : read.problems.lines()) {
            if (problem.starts_with(place) && problem.find(what) != std::string::npos) return true;
        }
        return false;
    };
    EXPECT_TRUE(names("3", "topic")) << all;
    EXPECT_TRUE(names("5", "excludes key")) << all;
    EXPECT_TRUE(names("6", "a step is empty")) << all;
    EXPECT_TRUE(names("7", "keep for themselves")) << all;
    EXPECT_TRUE(names("8", "does not make JSON")) << all;
    EXPECT_TRUE(names("10", "every, latest")) << all;
    EXPECT_TRUE(names("11", "did you mean snapshot?")) << all;
    EXPECT_TRUE(names("12", "1 to 1000000")) << all;
    EXPECT_TRUE(names("13", "needs snapshot")) << all;
    EXPECT_TRUE(names("14", "where.x")) << all;
    EXPECT_TRUE(names("15", "topic of a [[route]] is missing")) << all;
    EXPECT_TRUE(names("15", "room of a [[route]] is missing")) << all;
    EXPECT_TRUE(names("15", "event of a [[route]] is missing")) << all;
    EXPECT_TRUE(names("19", "{key}")) << all;
    EXPECT_TRUE(names("20", "did you mean crypto.ticker?")) << all;
    EXPECT_TRUE(names("23", "carries no values")) << all;
    EXPECT_TRUE(names("25", "taken")) << all;
}

// Pages show whatever is called so as the weather of a city.
TEST(RouteConfig, NoEventOfAUserIsTakenForWeather) {
    for (const char* event :
         {"weather.Pune.update", "weather.shop.orders.update", "weather.update"}) {
        const Read read = ReadToml(
            "[[route]]\nname = \"a\"\ntopic = \"t\"\nroom = \"r\"\nevent = \"" +
            std::string(event) + "\"\n"
        );
        EXPECT_FALSE(read.tables.has_value()) << event;
        EXPECT_NE(read.problems.ToString().find("flux.toml:5: "), std::string::npos)
            << read.problems.ToString();
    }
}

TEST(RouteConfig, ReplayNeedsEveryEvent) {
    const Read read = ReadToml(R"([[route]]
name = "a"
topic = "t"
room = "r"
event = "e"
delivery = "latest"
recovery = "replay"
)");
    EXPECT_FALSE(read.tables.has_value());
    const std::string all = read.problems.ToString();
    EXPECT_NE(all.find("flux.toml:7: "), std::string::npos) << all;
    EXPECT_NE(all.find("needs delivery = \"every\""), std::string::npos) << all;
}

TEST(RouteConfig, AUserRouteTakesThePlaceOfABuiltInOne) {
    const Read read = ReadToml(R"(
[[route]]
name = "crypto.ticker"
topic = "my.tickers"
room = "crypto.global"
event = "tick"
)");
    ASSERT_TRUE(read.tables.has_value()) << read.problems.ToString();
    EXPECT_EQ(read.tables->routes.size(), DefaultRoutes().size());
    EXPECT_EQ(read.tables->routes.Find(1)->topic, "my.tickers");
}

TEST(RouteConfig, TwoUserRoutesOfOneNameAreAMistake) {
    const Read read = ReadToml(R"([[route]]
name = "a"
topic = "t"
room = "r"
event = "e"
[[route]]
name = "a"
topic = "t2"
room = "r"
event = "e"
)");
    EXPECT_FALSE(read.tables.has_value());
    EXPECT_EQ(
        read.problems.ToString(),
        "flux.toml:7: another [[route]] is called a already; give one another name"
    );
}

TEST(RouteConfig, AUserIntentAddsToABuiltInOne) {
    const Read read = ReadToml(R"(
[[intent]]
event = "userLocationUpdate"
rooms = "extra"
)");
    ASSERT_TRUE(read.tables.has_value()) << read.problems.ToString();
    const Intent* const intent = read.tables->intents.Find("userLocationUpdate");
    ASSERT_NE(intent, nullptr);
    EXPECT_EQ(intent->rooms.size(), 4u);
    EXPECT_EQ(intent->intake, Intake::kLocation);
}

TEST(RouteConfig, ARouteToEveryoneIsJoinedByConnecting) {
    const Read read = ReadToml(R"(
[[route]]
name = "orders"
topic = "shop.orders"
room = "everyone"
event = "order"
)");
    ASSERT_TRUE(read.tables.has_value()) << read.problems.ToString();
    const Intent* const connect = read.tables->intents.Find(kConnectIntent);
    ASSERT_NE(connect, nullptr);
    ASSERT_EQ(connect->rooms.size(), 1u);
    EXPECT_EQ(connect->rooms.front().text(), "everyone");
}

TEST(Envelope, MustMakeJsonOfAnyPayload) {
    EXPECT_TRUE(Envelope::Raw().WrapsAnyPayload());
    EXPECT_TRUE(Envelope::Success().WrapsAnyPayload());
    for (const auto& [head, tail] : std::initializer_list<std::pair<const char*, const char*>>{
             {"\"", "\""},
             {"1", ""},
             {"{", ":1}"},
             {"\"\\", ""},
             {"[", ""},
             {"[\"", "\"]"},
             {"", "]"}}) {
        EXPECT_FALSE((Envelope{.head = head, .tail = tail}.WrapsAnyPayload())) << head << tail;
    }
}

TEST(GatewaySettings, AreBounded) {
    EXPECT_EQ(ReadToml("[gateway]\nevents_per_second = 3\n").options.intent_rate.per_second, 3);
    EXPECT_FALSE(ReadToml("[gateway]\nevents_per_second = 0\n").problems.empty());
    EXPECT_FALSE(ReadToml("[gateway]\nhydration_bytes_max = \"1GiB\"\n").problems.empty());
}

constexpr std::string_view kCachedRow = R"(
[[route]]
name = "news"
topic = "news"
room = "news.{region}"
event = "headline"
snapshot = "latest"
cache_key = "bff:news:{region}"
)";

TEST(RouteConfig, ReadsWhereARouteIsCached) {
    const Read read = ReadToml(std::string(kCachedRow) + "cache_ttl = \"12m\"\n");
    ASSERT_TRUE(read.tables.has_value()) << read.problems.ToString();
    const RouteTable& routes = read.tables->routes;
    const Route& route = *routes.Find(routes.NumberOf("news"));
    ASSERT_TRUE(route.cache.has_value());
    EXPECT_EQ(route.cache->key.text(), "bff:news:{region}");
    EXPECT_EQ(route.cache->ttl, std::chrono::minutes(12));
    const Read plain = ReadToml(kCachedRow);
    ASSERT_TRUE(plain.tables.has_value());
    const RouteTable& others = plain.tables->routes;
    EXPECT_EQ(others.Find(others.NumberOf("news"))->cache->ttl, std::chrono::minutes(5));
    EXPECT_FALSE(others.Find(others.NumberOf("crypto.ticker"))->cache.has_value());
}

TEST(RouteConfig, RefusesWhatCannotBeCached) {
    const auto said = [](std::string_view from, std::string_view to) {
        std::string toml(kCachedRow);
        toml.replace(toml.find(from), from.size(), to);
        const Read read = ReadToml(toml);
        return read.tables ? std::string("nothing") : read.problems.ToString();
    };
    const auto refused = [&](std::string_view from, std::string_view to, std::string_view why) {
        const std::string sentence = said(from, to);
        EXPECT_NE(sentence.find(why), std::string::npos) << to << ": " << sentence;
        EXPECT_NE(sentence.find("flux.toml:"), std::string::npos) << sentence;
    };
    refused("bff:news:{region}", "bff:news", "must have the places of the room");
    refused("bff:news:{region}", "bff:news:{region}{x}", "must have the places of the room");
    refused("bff:news:{region}", "bff:news:{region", "is not closed");
    refused("bff:news:{region}", "bff:session:{region}", "key of Flux's sessions");
    refused("bff:news:{region}", "bff:{region}", "key of Flux's sessions");
    refused("bff:news:{region}", "{region}", "key of Flux's sessions");
    refused("snapshot = \"latest\"\n", "", "needs snapshot = \"latest\"");
    refused("event =", "conflate_by = \"{key}\"\nevent =", "conflate_by of a [[route]] excludes");
    refused("\"news\"\nroom", "\"crypto.ticker.event.updated\"\nroom", "never cached");
    refused("news.{region}", "news.{region}{region}", "have text between them");
    refused("event =", "cache_ttl = \"500ms\"\nevent =", "must be whole seconds, 1 to 2592000");
    refused("event =", "cache_ttl = \"31d\"\nevent =", "cache_ttl");
    refused("cache_key = \"bff:news:{region}\"", "cache_ttl = 60", "needs cache_key");
}

TEST(RouteConfig, TwoTopicsDoNotShareAKeyOfTheCache) {
    const std::string second = R"(
[[route]]
name = "more"
topic = "TOPIC"
room = "more.{region}"
event = "more"
snapshot = "latest"
cache_key = "bff:news:{region}"
)";
    const auto with_topic = [&](const std::string& topic) {
        std::string row = second;
        row.replace(row.find("TOPIC"), 5, topic);
        return ReadToml(std::string(kCachedRow) + row);
    };
    EXPECT_TRUE(with_topic("news").tables.has_value());
    const Read read = with_topic("other");
    ASSERT_FALSE(read.tables.has_value());
    EXPECT_NE(read.problems.ToString().find("as that of route news"), std::string::npos)
        << read.problems.ToString();
}

}  // namespace
}  // namespace flux::gateway
