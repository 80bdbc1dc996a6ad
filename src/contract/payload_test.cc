// What decoders say to input that is no such payload: the field by its name, or that it is no JSON.
#include "contract/commands.h"
#include "contract/golden_file.h"
#include "contract/movers.h"
#include "contract/news.h"
#include "contract/service_status.h"
#include "contract/stock.h"
#include "contract/ticker.h"
#include "contract/top_coins.h"
#include "contract/weather.h"
#include "json/json_fields.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::contract {
namespace {

/// A decoder whose answer is only looked at for its error: "" when there is none.
struct Decoder {
    std::string golden;
    std::function<std::string(std::string_view)> complaint;
};

template <typename Payload>
Decoder Of(std::string golden, Result<Payload> (*decode)(std::string_view)) {
    return {std::move(golden), [decode](std::string_view json) -> std::string {
                const Result<Payload> payload = decode(json);
                if (payload) return "";
                EXPECT_NE(payload.error().context, "");
                return payload.error().context;
            }};
}

std::vector<Decoder> Decoders() {
    return {
        Of("weather_event", &DecodeWeatherEvent),
        Of("weather_unavailable", &DecodeWeatherEvent),
        Of("weather_reading", &DecodeWeatherReading),
        Of("movers_event", &DecodeMoversEvent),
        Of("top_coins_event", &DecodeTopCoinsEvent),
        Of("stock_event", &DecodeStockEvent),
        Of("news_event", &DecodeNewsEvent),
        Of("service_status", &DecodeServiceStatus),
        Of("weather_fetch_command", &DecodeWeatherFetch),
        Of("ticker_event", &DecodeTickerEvent),
    };
}

TEST(Decoders, RefuseWhatIsNoPayload) {
    const std::vector<std::string> garbage{
        "",
        " ",
        "null",
        "true",
        "42",
        "\"text\"",
        "[]",
        "{}",
        "{",
        "<!doctype html><p>502 Bad Gateway",
        "{\"data\":null}",
        "{\"data\":[]}",
        "{\"status\":\"success\",\"data\":{\"data\":{}}}",
        "{\"topGainers\":{},\"topLosers\":{}}",
        "{\"topCoins\":{\"0\":{}}}",
        "{\"__proto__\":{\"status\":\"success\"}}",
        std::string("{\"a\":\"\0\"}", 9),
        "{\"a\":\"\xED\xA0\x80\"}",
        std::string(100'000, '['),
        "{\"data\":" + std::string(2'000'000, ' ') + "{}}",
    };
    for (const Decoder& decoder : Decoders()) {
        EXPECT_EQ(decoder.complaint(Golden(decoder.golden)), "") << decoder.golden;
        for (const std::string& json : garbage) {
            EXPECT_NE(decoder.complaint(json), "") << decoder.golden << ": " << json.substr(0, 60);
        }
    }
}

TEST(Decoders, RefuseThePayloadsOfOthers) {
    const std::vector<Decoder> decoders = Decoders();
    for (const Decoder& decoder : decoders) {
        for (const Decoder& other : decoders) {
            const bool both_weather =
                decoder.golden.starts_with("weather_") && other.golden.starts_with("weather_");
            if (both_weather || &decoder == &other) continue;
            EXPECT_NE(decoder.complaint(Golden(other.golden)), "")
                << decoder.golden << " takes " << other.golden;
        }
    }
}

TEST(Decoders, RefuseEveryBeginning) {
    for (const Decoder& decoder : Decoders()) {
        const std::string golden = Golden(decoder.golden);
        for (std::size_t size = 0; size < golden.size(); ++size)
            EXPECT_NE(decoder.complaint(golden.substr(0, size)), "") << decoder.golden << size;
    }
}

/// The places of all members that a decoder asks for, as paths, with their values.
void Members(
    std::string_view value, const std::function<void(std::string_view name, std::string_view)>& use
) {
    for (json::ObjectReader members(value); members.Next();) {
        use(members.name(), members.value());
        Members(members.value(), use);
    }
    for (json::ArrayReader items(value); items.Next();)
        Members(items.value(), use);
}

TEST(Decoders, NameTheFieldThatIsOfAnotherKind) {
    // What pages and services do without.
    const std::vector<std::string> unread{"tradable", "timezone"};
    for (const Decoder& decoder : Decoders()) {
        const std::string golden = Golden(decoder.golden);
        Members(golden, [&](std::string_view name, std::string_view value) {
            for (const std::string& skipped : unread)
                if (name == skipped) return;
            if (decoder.golden == "stock_event" && value == "\"Finnhub\"") return;
            // A region or country that is no text is ignored in a location.
            if (decoder.golden == "weather_fetch_command" && name != "city" && name != "data" &&
                name != "event" && name != "userId" && name != "timestamp") {
                return;
            }
            const auto at = static_cast<std::size_t>(value.data() - golden.data());
            std::string broken = golden;
            broken.replace(at, value.size(), "[{\"odd\":true}]");
            const std::string complaint = decoder.complaint(broken);
            EXPECT_NE(complaint.find(name), std::string::npos)
                << decoder.golden << ": " << name << ": '" << complaint << "'";
        });
    }
}

TEST(Decoders, SayWhereInAList) {
    const std::string movers = With(Golden("movers_event"), "142.37", "null");
    EXPECT_EQ(
        DecodeMoversEvent(movers).error().context,
        "movers event: 'topGainers.data[0].currentPrice' is missing or no finite number"
    );
    const std::string coins = With(Golden("top_coins_event"), "301882.4", "1e400");
    EXPECT_EQ(
        DecodeTopCoinsEvent(coins).error().context,
        "top coins event: 'topCoins[1].price_inr' is missing or no finite number"
    );
    const std::string news = With(Golden("news_event"), "[\"business\"]", "[\"business\",7]");
    EXPECT_EQ(
        DecodeNewsEvent(news).error().context,
        "news event: 'payload.data[0].category' holds something that is no text"
    );
    EXPECT_EQ(
        DecodeTopCoinsEvent(R"({"topCoins":[null]})").error().context,
        "top coins event: 'topCoins[0]' is no object"
    );
}

TEST(Decoders, RefuseNumbersThatAreNone) {
    const std::string golden = Golden("stock_event");
    for (const char* number : {"\"181.2\"", "null", "1e999", "-1e999", "[]", "true", "1e-999"}) {
        const auto event = DecodeStockEvent(With(golden, "181.2", number));
        ASSERT_FALSE(event.has_value()) << number;
        EXPECT_NE(event.error().context.find("currentPrice"), std::string::npos);
    }
    EXPECT_EQ(
        DecodeStockEvent(With(golden, "181.2", "1.812E+02"))->gainers[0].current_price, 181.2
    );
}

TEST(Movers, AnUnavailableListIsNoEvent) {
    // As the reference publishes it when its source is down.
    const auto event = DecodeMoversEvent(
        R"({"topGainers":{"status":"unavailable","reason":"timeout","timestamp":1},)"
        R"("topLosers":{"status":"unavailable","reason":"timeout","timestamp":1}})"
    );
    ASSERT_FALSE(event.has_value());
    EXPECT_EQ(event.error().context, "movers event: 'topLosers.status' is not \"success\"");
}

TEST(Weather, TakesEitherSpellingOfTheAir) {
    std::string camel = With(Golden("weather_reading"), "\"pm2_5\":37.8,", "");
    camel = With(camel, "\"us-epa-index\":3,", "");
    const WeatherReading whole = DecodeWeatherReading(Golden("weather_reading")).value();
    EXPECT_EQ(DecodeWeatherReading(camel).value(), whole);
    std::string dashed = With(Golden("weather_reading"), ",\"usEpaIndex\":3", "");
    dashed = With(dashed, "\"pm25\":37.8,", "");
    EXPECT_EQ(DecodeWeatherReading(dashed).value(), whole);
    EXPECT_FALSE(DecodeWeatherReading(With(dashed, "index\":3", "index\":0")));
}

TEST(Weather, DoesWithoutAirAndCountry) {
    WeatherReading reading = DecodeWeatherReading(Golden("weather_reading")).value();
    reading.air_quality.reset();
    reading.country.reset();
    EXPECT_EQ(DecodeWeatherReading(Encode(reading)).value(), reading);
    reading.air_quality.emplace();
    EXPECT_EQ(DecodeWeatherReading(Encode(reading)).value(), reading);
}

TEST(WeatherFetch, PlacesFollowTheRulesOfLocations) {
    const std::string golden = Golden("weather_fetch_command");
    const auto complaint = [&](std::string_view city) {
        const auto command = DecodeWeatherFetch(With(golden, "\"Pune\"", city));
        return command ? std::string() : command.error().context;
    };
    EXPECT_EQ(complaint("\" New  Delhi \""), "");
    EXPECT_EQ(complaint("\"  \""), "weather command: 'data.city' is missing or blank");
    EXPECT_EQ(
        complaint("7"),
        "weather command: 'data.city' is refused: the city of a location must be text"
    );
    EXPECT_NE(complaint("\"" + std::string(101, 'x') + "\"").find("100"), std::string::npos);
    EXPECT_NE(complaint("\"Pu\\u0000ne\"").find("control"), std::string::npos);
}

TEST(WeatherFetch, CoordinatesOfTheClientAreNotRead) {
    const std::string golden = Golden("weather_fetch_command");
    const std::string more =
        With(golden, "\"country\":\"IN\"", R"("country":"IN","lat":1,"lon":"x","ip":{})");
    EXPECT_EQ(DecodeWeatherFetch(more).value(), DecodeWeatherFetch(golden).value());
    EXPECT_EQ(Encode(DecodeWeatherFetch(more).value()), golden);
}

TEST(RefreshCommand, IsATriggerOfWhoeverSaysItAsks) {
    for (const char* json :
         {R"({"requestedBy":"bff"})",
          R"({"requestedBy":"ops","reason":7,"timestamp":"soon","version":2,"more":[{}]})"})
        EXPECT_TRUE(DecodeRefreshCommand(json).has_value()) << json;
    for (const char* json :
         {"",
          "null",
          "[]",
          "7",
          "\"refresh\"",
          "{\"a\":}",
          "{} {}",
          "{}",
          R"({"requestedBy":7,"timestamp":"soon"})",
          R"({"requestedBy":""})",
          R"({"__proto__":{"requestedBy":"bff"}})"})
        EXPECT_FALSE(DecodeRefreshCommand(json).has_value()) << json;
}

TEST(Commands, NoOtherPayloadIsOne) {
    for (const std::string& name : GoldenNames()) {
        const std::string payload = Golden(name.c_str());
        EXPECT_EQ(DecodeRefreshCommand(payload).has_value(), name == "refresh_command") << name;
        EXPECT_EQ(DecodeWeatherFetch(payload).has_value(), name == "weather_fetch_command") << name;
    }
}

TEST(ServiceStatus, StatesHaveNames) {
    for (int value = 0; value <= static_cast<int>(ServiceState::kNoKey); ++value) {
        ServiceStatus status;
        status.domain = "news";
        status.state = static_cast<ServiceState>(value);
        status.error = Failure::kNoKey;
        status.message = "\"quoted\" \n 東京 \xE2\x80\xA8";
        EXPECT_EQ(DecodeServiceStatus(Encode(status)).value(), status);
    }
}

}  // namespace
}  // namespace flux::contract
