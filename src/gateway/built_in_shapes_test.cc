// What built-in routes make of events, to the byte.
#include "contract/golden_file.h"
#include "contract/places.h"
#include "gateway/built_in_routes.h"
#include "gateway/rendered_event.h"
#include "gateway/route_table.h"
#include "gateway/weather_shape.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace flux::gateway {
namespace {

using contract::Golden;
using contract::With;

class BuiltInShapes : public testing::Test {
protected:
    const Route& RouteOf(std::string_view name) const {
        return *table_.Find(table_.NumberOf(name));
    }

    /// What a record becomes on a route; the reason instead when it becomes nothing.
    std::variant<RenderedEvent, std::string> Made(std::string_view name, std::string_view payload) {
        const Route& route = RouteOf(name);
        if (!json::Check(payload)) return "no JSON";
        if (!route.match.AllowsPayload(payload)) return "not its";
        bus::Message message;
        message.payload = SharedBytes(payload);
        std::variant<RenderedEvent, Unrenderable> made = Render(route, message);
        if (auto* const event = std::get_if<RenderedEvent>(&made)) return std::move(*event);
        const Unrenderable& failed = std::get<Unrenderable>(made);
        EXPECT_EQ(failed.why, Skip::kBadPayload);
        return failed.detail;
    }

    static std::string NameOf(const RenderedEvent& event) {
        const std::string_view packet = socketio::WireMessageAt(event.frame.wire()).payload;
        json::ArrayReader items(packet.substr(2));
        return items.Next() ? json::Unquote(items.value()) : "";
    }

    RouteTable table_ = RouteTable::Build(DefaultRoutes()).value();
};

struct Case {
    std::string_view route;
    const char* record;  // golden files
    const char* argument;
    const char* room;
    const char* event;
    const char* cache_key;
    const char* cache_value;  // a path into the record; "": all of it
};

constexpr Case kCases[] = {
    {built_in::kTicker,
     "ticker_event",
     "crypto_ticker_response",
     "crypto.global",
     "cryptoTickerResponse",
     "",
     ""},
    {built_in::kMovers,
     "movers_event",
     "crypto_top_movers_response",
     "crypto.global",
     "cryptoTopMoversResponse",
     "bff:crypto:top-movers",
     ""},
    {built_in::kTopCoins,
     "top_coins_event",
     "crypto_top_coins_response",
     "crypto.global",
     "cryptoTopCoinsResponse",
     "bff:crypto:top-coins",
     ""},
    {built_in::kStock,
     "stock_event",
     "stock_top_performers_response",
     "stock.global",
     "stockTopPerformersResponse",
     "bff:stocks:top:performers",
     "data"},
    {built_in::kNews,
     "news_event",
     "news_update",
     "news.global",
     "newsUpdate",
     "bff:news:global",
     "payload.data"},
    {built_in::kWeather,
     "weather_event",
     "weather_update",
     "weather.pune.IN",
     "weather.Pune.update",
     "weather:pune:IN",
     ""},
    {built_in::kStatus, "service_status", "service_status", "everyone", "serviceStatus", "", ""},
};

TEST_F(BuiltInShapes, MakeTheGoldenEvents) {
    for (const Case& one : kCases) {
        SCOPED_TRACE(one.route);
        const std::string record = Golden(one.record);
        const auto made = Made(one.route, record);
        const auto* const event = std::get_if<RenderedEvent>(&made);
        ASSERT_NE(event, nullptr) << std::get<std::string>(made);
        EXPECT_EQ(ArgumentOf(event->frame), Golden(one.argument));
        EXPECT_EQ(event->room, one.room);
        EXPECT_EQ(NameOf(*event), one.event);
        EXPECT_EQ(event->cache_key, one.cache_key);
        if (*one.cache_value == '\0') {
            EXPECT_EQ(event->cache_value, "");
        } else {
            const auto path = json::FieldPath::Parse(one.cache_value).value();
            EXPECT_EQ(event->cache_value, path.Find(record));
        }
    }
}

TEST_F(BuiltInShapes, APriceStandsUnderItsProduct) {
    const auto made = Made(built_in::kTicker, Golden("ticker_event"));
    EXPECT_EQ(std::get<RenderedEvent>(made).key, "BTC-USD");
}

TEST_F(BuiltInShapes, TheStateOfAServiceStandsUnderItsDomain) {
    const auto made = Made(built_in::kStatus, Golden("service_status"));
    EXPECT_EQ(std::get<RenderedEvent>(made).key, "stock");
}

// A cold gateway shows from the cache what another one wrote there.
TEST_F(BuiltInShapes, ReadBackWhatLiesInTheCache) {
    const std::pair<std::string_view, std::string> values[] = {
        {built_in::kMovers, Golden("movers_event")},
        {built_in::kTopCoins, Golden("top_coins_event")},
        {built_in::kStock, std::string(*json::Member(Golden("stock_event"), "data"))},
        {built_in::kNews,
         std::string(*json::FieldPath::Parse("payload.data").value().Find(Golden("news_event")))},
        {built_in::kWeather, Golden("weather_reading")},
    };
    for (const auto& [name, value] : values) {
        SCOPED_TRACE(name);
        const EventShape& shape = *RouteOf(name).shape;
        const auto read = shape.of_cached != nullptr ? shape.of_cached : shape.of_record;
        Result<ShapedEvent> shaped = read(value);
        ASSERT_TRUE(shaped.has_value()) << shaped.error().context;
        const RenderedEvent event = Dress(RouteOf(name), *std::move(shaped));
        for (const Case& one : kCases) {
            if (one.route == name) EXPECT_EQ(ArgumentOf(event.frame), Golden(one.argument));
        }
        for (const char* const odd : {"null", "7", "[]", "{}", "\"x\"", "[null]", "[[]]"})
            if (std::string_view(odd) != "[]" || name != built_in::kNews) EXPECT_FALSE(read(odd));
    }
}

// A page that gets half of it throws while it renders, and stays blank.
TEST_F(BuiltInShapes, RefuseWhatIsNotWhole) {
    const std::string ticker = Golden("ticker_event");
    const std::string movers = Golden("movers_event");
    const std::string stock = Golden("stock_event");
    const std::string coins = Golden("top_coins_event");
    const std::string news = Golden("news_event");
    const std::string weather = Golden("weather_event");
    const std::string status = Golden("service_status");
    const std::pair<std::string_view, std::string> bad[] = {
        {built_in::kTicker, "null"},
        {built_in::kTicker, "{}"},
        {built_in::kTicker, With(ticker, R"("type":"ticker")", R"("type":"status")")},
        {built_in::kTicker, With(ticker, R"("price":"70512.34")", R"("price":null)")},
        {built_in::kTicker, With(ticker, R"("low_24_h":"69010",)", "")},
        {built_in::kMovers,
         R"({"topGainers":{"status":"unavailable","reason":"timeout",)"
         R"("timestamp":1},"topLosers":{"status":"unavailable",)"
         R"("reason":"timeout","timestamp":1}})"},
        {built_in::kMovers, With(movers, R"("topLosers":)", R"("other":)")},
        {built_in::kMovers, With(movers, R"("symbol":"sol")", R"("symbol":null)")},
        {built_in::kMovers, With(movers, "142.37", "1e400")},
        {built_in::kTopCoins, With(coins, R"("topCoins":[)", R"("topCoins":[null,)")},
        {built_in::kTopCoins, R"({"topCoins":{}})"},
        {built_in::kStock, With(stock, R"(["NYSE","NASDAQ"])", R"("NYSE")")},
        {built_in::kStock, With(stock, "181.2", R"("181.2")")},
        {built_in::kStock, With(stock, R"("topLosers":)", R"("losers":)")},
        {built_in::kNews, With(news, R"("data":[)", R"("data":[null,)")},
        {built_in::kNews, With(news, R"("payload":)", R"("load":)")},
        {built_in::kWeather,
         With(weather, R"("condition":"scattered clouds")", R"("condition":{})")},
        {built_in::kWeather, With(weather, R"("city":"Pune")", R"("city":"a\u0000b")")},
        {built_in::kWeather, With(weather, R"("city":"Pune")", R"("city":" ")")},
        {built_in::kWeather, R"({"status":"success"})"},
        {built_in::kWeather, "{}"},
        {built_in::kWeather, "[]"},
        {built_in::kWeatherError, R"({"status":"unavailable","reason":"timeout","timestamp":1})"},
        {built_in::kStatus, With(status, "degraded", "splendid")},
        {built_in::kStatus, "7"},
    };
    for (const auto& [name, payload] : bad) {
        const auto made = Made(name, payload);
        const auto* const why = std::get_if<std::string>(&made);
        ASSERT_NE(why, nullptr) << name << payload;
        EXPECT_NE(*why, "no JSON") << payload;
        EXPECT_NE(*why, "not its") << payload;
        EXPECT_FALSE(why->empty());
    }
}

TEST_F(BuiltInShapes, EveryRouteRefusesTheEventsOfOthers) {
    for (const Case& route : kCases) {
        for (const Case& other : kCases) {
            const bool same = route.route == other.route;
            const auto made = Made(route.route, Golden(other.record));
            EXPECT_EQ(std::holds_alternative<RenderedEvent>(made), same)
                << route.route << " of " << other.record;
        }
    }
}

TEST_F(BuiltInShapes, TimesOfNewsGetTheirZone) {
    const std::string old =
        With(Golden("news_event"), "2026-03-20T08:55:00Z", "2026-03-20 08:55:00");
    const auto made = Made(built_in::kNews, old);
    EXPECT_EQ(ArgumentOf(std::get<RenderedEvent>(made).frame), Golden("news_update"));
}

TEST_F(BuiltInShapes, WhyThereIsNoWeatherIsNeverWeather) {
    const std::string unavailable = With(Golden("weather_unavailable"), "no_city", "source_down");
    EXPECT_EQ(std::get<std::string>(Made(built_in::kWeather, unavailable)), "not its");
    const auto made = Made(built_in::kWeatherError, unavailable);
    const auto& event = std::get<RenderedEvent>(made);
    EXPECT_EQ(NameOf(event), "weatherError");
    EXPECT_EQ(event.room, "weather.atlantis.GR");
    EXPECT_EQ(ArgumentOf(event.frame), With(Golden("weather_error"), "no_city", "source_down"));
    // And what is wrong with one asker's place is not for its room.
    const auto no_city = Made(built_in::kWeatherError, Golden("weather_unavailable"));
    EXPECT_EQ(std::get<std::string>(no_city), "not its");
    EXPECT_EQ(
        std::get<std::string>(Made(built_in::kWeatherError, Golden("weather_event"))), "not its"
    );
}

TEST_F(BuiltInShapes, AnAskerIsAnsweredInItsOwnSpelling) {
    const auto made = Made(built_in::kWeather, Golden("weather_event"));
    const auto& event = std::get<RenderedEvent>(made);
    RenderedEvent spelled = event;
    spelled.frame = kWeatherShape.respelled(event.frame, "PUNE\"\\");
    EXPECT_EQ(NameOf(spelled), "weather.PUNE\"\\.update");
    EXPECT_EQ(
        ArgumentOf(spelled.frame),
        With(Golden("weather_update"), R"("city":"Pune")", R"("city":"PUNE\"\\")")
    );
    EXPECT_EQ(
        kWeatherShape.respelled(event.frame, "Pune").wire().data(), event.frame.wire().data()
    );
}

TEST_F(BuiltInShapes, WeatherIsGoodForSixHoursFromItsObservation) {
    const auto made = Made(built_in::kWeather, Golden("weather_event"));
    const auto& event = std::get<RenderedEvent>(made);
    EXPECT_EQ(kWeatherShape.good_until(event.frame), 1774000443598 + 6 * 3'600'000);
}

TEST(WeatherShape, TheRoomTellsTheKeyInTheCache) {
    const std::pair<const char*, const char*> places[] = {
        {"Pune", "IN"},
        {"Pune", ""},
        {"St. Louis", "US"},
        {"St. Louis", ""},
        {"a:b%c", "FR"},
        {"foo.in", ""},
        {"Ab.CD", ""},
        {"x", "DE"},
        {"ÉVORA", "PT"},
        {"東京", "Japan"},
        {"🏙️", ""},
    };
    for (const auto& [city, country] : places) {
        contract::Location place;
        place.city = city;
        if (*country != '\0') place.country = country;
        const auto code = place.country ? contract::CountryCode(*place.country) : std::nullopt;
        const Result<std::string> room = RoomOf(place);
        ASSERT_TRUE(room.has_value());
        EXPECT_EQ(kWeatherShape.cache_key_of(*room), contract::WeatherKey(city, code)) << city;
    }
    EXPECT_EQ(kWeatherShape.cache_key_of("news.global"), "");
}

TEST(WeatherShape, ACityOfAHundredCharactersOfAnyScriptHasARoom) {
    for (const char* const character : {"x", "न", "🏙", "ﬃ"}) {
        contract::Location place;
        for (int n = 0; n < 100; ++n)
            place.city += character;
        place.country = "IN";
        EXPECT_TRUE(RoomOf(place).has_value()) << character;
    }
}

}  // namespace
}  // namespace flux::gateway
