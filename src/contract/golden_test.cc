// Each payload against its example in golden/, and what pages are pushed.
#include "contract/commands.h"
#include "contract/golden_file.h"
#include "contract/movers.h"
#include "contract/news.h"
#include "contract/object_writer.h"
#include "contract/places.h"
#include "contract/replies.h"
#include "contract/service_status.h"
#include "contract/stock.h"
#include "contract/top_coins.h"
#include "contract/weather.h"
#include "json/json_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace flux::contract {
namespace {

/// What stands at `path` in a golden file.
std::string Part(const std::string& json, std::string_view path) {
    const auto found = json::FieldPath::Parse(path)->Find(json);
    EXPECT_TRUE(found.has_value()) << path;
    return std::string(found.value_or(""));
}

std::string Wrapped(std::string_view head, std::string_view payload, std::string_view tail) {
    return std::string(head) + std::string(payload) + std::string(tail);
}

TEST(Golden, WeatherUpdateReadsAndWritesTheSame) {
    const std::string golden = Golden("weather_event");
    const auto event = DecodeWeatherEvent(golden);
    ASSERT_TRUE(event.has_value()) << event.error().context;
    const auto& update = std::get<WeatherUpdate>(*event);
    EXPECT_EQ(update.source, WeatherSource::kApi);
    EXPECT_EQ(update.timestamp, 1774000443600);
    EXPECT_EQ(update.data.city, "Pune");
    EXPECT_EQ(update.data.country, "IN");
    EXPECT_EQ(update.data.temperature_f, 88.52);
    EXPECT_EQ(update.data.air_quality->pm2_5, 37.8);
    EXPECT_EQ(update.data.air_quality->us_epa_index, 3);
    EXPECT_EQ(Encode(update), golden);
    EXPECT_EQ(Encode(update.data), Golden("weather_reading"));
    EXPECT_EQ(Encode(DecodeWeatherReading(Golden("weather_reading")).value()), Encode(update.data));
}

TEST(Golden, WeatherUnavailableReadsAndWritesTheSame) {
    const std::string golden = Golden("weather_unavailable");
    const auto event = DecodeWeatherEvent(golden);
    ASSERT_TRUE(event.has_value()) << event.error().context;
    const auto& unavailable = std::get<WeatherUnavailable>(*event);
    EXPECT_EQ(unavailable.error, Failure::kNoCity);
    EXPECT_EQ(unavailable.reply_to, "a3XkZ9");
    EXPECT_EQ(unavailable.retry_at, std::nullopt);
    EXPECT_EQ(Encode(unavailable), golden);

    ErrorReply reply;
    reply.error = unavailable.error;
    reply.message = unavailable.message;
    reply.city = unavailable.city;
    reply.country = unavailable.country;
    EXPECT_EQ(Encode(reply), Golden("weather_error"));
    EXPECT_EQ(DecodeErrorReply(Golden("weather_error")).value(), reply);
}

TEST(Golden, MoversReadAndWriteTheSame) {
    const std::string golden = Golden("movers_event");
    const auto event = DecodeMoversEvent(golden);
    ASSERT_TRUE(event.has_value()) << event.error().context;
    EXPECT_EQ(event->timestamp, 1774000500120);
    EXPECT_FALSE(event->from_cache);
    ASSERT_EQ(event->gainers.size(), 1u);
    EXPECT_EQ(event->gainers[0].symbol, "sol");
    EXPECT_EQ(event->gainers[0].market_cap, 73150422110);
    EXPECT_EQ(event->losers[0].change_1h, -1.73);
    EXPECT_EQ(Encode(*event), golden);
}

TEST(Golden, TopCoinsReadAndWriteTheSame) {
    const std::string golden = Golden("top_coins_event");
    const auto event = DecodeTopCoinsEvent(golden);
    ASSERT_TRUE(event.has_value()) << event.error().context;
    ASSERT_EQ(event->coins.size(), 2u);
    EXPECT_EQ(event->coins[0].symbol, "BTC-USD");
    EXPECT_EQ(event->coins[0].price_inr, 6215340.55);
    EXPECT_EQ(Encode(*event), golden);
}

TEST(Golden, StocksReadAndWriteTheSame) {
    const std::string golden = Golden("stock_event");
    const auto event = DecodeStockEvent(golden);
    ASSERT_TRUE(event.has_value()) << event.error().context;
    EXPECT_EQ(event->timestamp, "2026-03-20T15:02:11.870Z");
    EXPECT_EQ(event->gainers.at(0).symbol, "NVDA");
    EXPECT_EQ(event->losers.at(0).change_percent, -2.96);
    EXPECT_EQ(Encode(*event), golden);
}

TEST(Golden, NewsReadAndWriteTheSame) {
    const std::string golden = Golden("news_event");
    const auto event = DecodeNewsEvent(golden);
    ASSERT_TRUE(event.has_value()) << event.error().context;
    EXPECT_EQ(event->trigger, NewsTrigger::kInterval);
    ASSERT_EQ(event->cards.size(), 2u);
    EXPECT_EQ(event->cards[0].source_name, "Example Daily");
    EXPECT_EQ(event->cards[0].image, std::nullopt);
    EXPECT_EQ(event->cards[1].description, std::nullopt);
    EXPECT_EQ(Encode(*event), golden);
}

TEST(Golden, ServiceStatusReadsAndWritesTheSame) {
    const auto status = DecodeServiceStatus(Golden("service_status"));
    ASSERT_TRUE(status.has_value()) << status.error().context;
    EXPECT_EQ(status->state, ServiceState::kDegraded);
    EXPECT_EQ(status->error, Failure::kLimit);
    EXPECT_EQ(status->retry_at, 1774000560000);
    EXPECT_EQ(Encode(*status), Golden("service_status"));

    const auto live = DecodeServiceStatus(Golden("service_status_live"));
    ASSERT_TRUE(live.has_value()) << live.error().context;
    EXPECT_TRUE(live->simulated);
    EXPECT_EQ(live->error, std::nullopt);
    EXPECT_EQ(Encode(*live), Golden("service_status_live"));
}

TEST(Golden, CommandsReadAndWriteTheSame) {
    const auto fetch = DecodeWeatherFetch(Golden("weather_fetch_command"));
    ASSERT_TRUE(fetch.has_value()) << fetch.error().context;
    EXPECT_EQ(fetch->place.city, "Pune");
    EXPECT_EQ(fetch->place.region, "Maharashtra");
    EXPECT_EQ(fetch->timestamp, 1773998043512);
    EXPECT_EQ(Encode(*fetch), Golden("weather_fetch_command"));

    const auto refresh = DecodeRefreshCommand(Golden("refresh_command"));
    ASSERT_TRUE(refresh.has_value()) << refresh.error().context;
    EXPECT_EQ(refresh->reason, "refresh_cache");
    EXPECT_EQ(refresh->timestamp, 1773998045001);
    EXPECT_EQ(Encode(*refresh), Golden("refresh_command"));
}

TEST(Golden, PushesAreThePayloadBetweenHeadAndTail) {
    EXPECT_EQ(
        Wrapped(kWeatherHead, Part(Golden("weather_event"), "data"), kWeatherTail),
        Golden("weather_update")
    );
    EXPECT_EQ(
        Wrapped(kSuccessHead, Golden("movers_event"), kSuccessTail),
        Golden("crypto_top_movers_response")
    );
    EXPECT_EQ(
        Wrapped(kSuccessHead, Golden("top_coins_event"), kSuccessTail),
        Golden("crypto_top_coins_response")
    );
    EXPECT_EQ(
        Wrapped(kSuccessHead, Part(Golden("stock_event"), "data"), kSuccessTail),
        Golden("stock_top_performers_response")
    );
    EXPECT_EQ(
        Wrapped(kNewsHead, Part(Golden("news_event"), "payload.data"), kNewsTail),
        Golden("news_update")
    );
}

}  // namespace
}  // namespace flux::contract
