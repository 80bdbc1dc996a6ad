// The gateway as pages know it: the built-in routes, and a test in the place of the services.
#pragma once

#include "contract/golden_file.h"
#include "contract/replies.h"
#include "contract/service_status.h"
#include "contract/weather.h"
#include "gateway/gateway_fixture.h"
#include "json/json_fields.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::gateway::testing {

inline constexpr std::string_view kWeatherCommands = "weather.service.command.fetch";
inline constexpr std::string_view kWeatherEvents = "weather.service.event.updated";
inline constexpr std::string_view kMoversCommands = "crypto.service.command.topmovers.refresh";
inline constexpr std::string_view kMoversEvents = "crypto.movers.event.updated";
inline constexpr std::string_view kTopCoinsCommands = "crypto.service.command.topcoins.refresh";
inline constexpr std::string_view kTopCoinsEvents = "crypto.topcoins.event.updated";
inline constexpr std::string_view kStockCommands = "stock.service.command.topperformers.refresh";
inline constexpr std::string_view kStockEvents = "stock.service.event.updated";
inline constexpr std::string_view kNewsCommands = "news.service.command.refresh";
inline constexpr std::string_view kNewsEvents = "news.service.event.updated";
inline constexpr std::string_view kTickerEvents = "crypto.ticker.event.updated";
inline constexpr std::string_view kStatusEvents = "platform.service.event.updated";

/// One request of pages, and what belongs to it.
struct PageRequest {
    std::string_view event;
    std::string_view reply;
    std::string_view commands;
    std::string_view command_key;
    std::string_view events;
    const char* record;    ///< golden
    const char* argument;  ///< golden
    std::string_view room;
    std::string_view domain;
    std::string_view cache_key;
};

inline constexpr PageRequest kPageRequests[] = {
    {"cryptoTopMoversRequest",
     "cryptoTopMoversResponse",
     kMoversCommands,
     "cryptotopmovers",
     kMoversEvents,
     "movers_event",
     "crypto_top_movers_response",
     "crypto.global",
     "crypto",
     "bff:crypto:top-movers"},
    {"cryptoTopCoinsRequest",
     "cryptoTopCoinsResponse",
     kTopCoinsCommands,
     "cryptotopcoins",
     kTopCoinsEvents,
     "top_coins_event",
     "crypto_top_coins_response",
     "crypto.global",
     "crypto",
     "bff:crypto:top-coins"},
    {"stockTopPerformersRequest",
     "stockTopPerformersResponse",
     kStockCommands,
     "stocktopperformers",
     kStockEvents,
     "stock_event",
     "stock_top_performers_response",
     "stock.global",
     "stock",
     "bff:stocks:top:performers"},
    {"topNewsRequest",
     "newsUpdate",
     kNewsCommands,
     "topglobalnews",
     kNewsEvents,
     "news_event",
     "news_update",
     "news.global",
     "news",
     "bff:news:global"},
};

/// The name of an event and its only argument.
struct Heard {
    std::string name;
    std::string argument;
};

class PlatformTest : public GatewayTest {
protected:
    static Heard Split(const std::string& event_json) {
        Heard heard;
        json::ArrayReader items(event_json);
        if (items.Next()) heard.name = json::Unquote(items.value());
        if (items.Next()) heard.argument = items.value();
        return heard;
    }

    /// The next event; nothing came: an empty name.
    static Heard Next(RawClient& client) { return Split(client.ReadEvent()); }

    /// The next event of that name, reading past others.
    static std::string Await(RawClient& client, std::string_view name) {
        for (;;) {
            const Heard heard = Next(client);
            if (heard.name == name) return heard.argument;
            if (heard.name.empty()) {
                ADD_FAILURE() << "no " << name;
                return {};
            }
        }
    }

    /// All events up to the answer to a question, which come before it.
    static std::vector<Heard> Drain(RawClient& client) {
        EXPECT_NE(client.Ask(R"(["getUserId"])"), "");
        std::vector<Heard> all;
        for (std::string event = client.ReadWaiting(); !event.empty();
             event = client.ReadWaiting()) {
            Heard heard = Split(event);
            if (heard.name != "userUniqueId") all.push_back(std::move(heard));
        }
        return all;
    }

    /// A client that has been greeted.
    std::unique_ptr<RawClient> Page(std::string_view guest = {}) {
        std::string auth;
        if (!guest.empty()) auth = R"({"guestId":")" + std::string(guest) + "\"}";
        auto client = std::make_unique<RawClient>(port_, auth);
        EXPECT_TRUE(client->connected());
        EXPECT_EQ(Next(*client).name, "session:init");
        return client;
    }

    static std::string Location(std::string_view city, std::string_view country = "IN") {
        return R"(["userLocationUpdate",{"city":")" + std::string(city) + R"(","country":")" +
               std::string(country) + R"("}])";
    }

    static contract::WeatherUpdate Weather(std::string city, double degrees = 31.4) {
        auto event = contract::DecodeWeatherEvent(contract::Golden("weather_event"));
        contract::WeatherUpdate update = std::get<contract::WeatherUpdate>(*event);
        update.data.city = std::move(city);
        update.data.temperature_c = degrees;
        update.data.fetched_at = SystemClock::Instance().WallNow();
        return update;
    }

    void PublishWeather(std::string city, double degrees = 31.4) {
        Publish(kWeatherEvents, std::nullopt, contract::Encode(Weather(std::move(city), degrees)));
    }

    static contract::WeatherUnavailable Unavailable(
        std::string city, contract::Failure failure, std::string reply_to
    ) {
        contract::WeatherUnavailable event;
        event.reason = "api_error";
        event.city = std::move(city);
        event.country = "IN";
        event.reply_to = std::move(reply_to);
        event.error = failure;
        event.message = "for a reason";
        return event;
    }

    void PublishStatus(
        std::string domain,
        contract::ServiceState state,
        std::optional<contract::Failure> error,
        std::optional<WallMillis> retry_at = std::nullopt
    ) {
        contract::ServiceStatus status;
        status.retry_at = retry_at;
        status.domain = domain;
        status.state = state;
        status.error = error;
        if (error) status.message = "its reason";
        status.at = SystemClock::Instance().WallNow();
        const std::uint64_t before = gateway_->StatsOf(kStatusEvents)->records.value();
        Publish(kStatusEvents, std::move(domain), contract::Encode(status));
        AwaitRecords(kStatusEvents, before + 1);
    }

    std::uint64_t Skipped(std::string_view topic) const {
        const PumpStats& stats = *gateway_->StatsOf(topic);
        return stats.skipped[static_cast<std::size_t>(Skip::kBadPayload)].value();
    }

    std::int64_t WeatherRooms() const {
        return gateway_->ShardStatsOf(0).weather_rooms.value() +
               gateway_->ShardStatsOf(1).weather_rooms.value();
    }
};

}  // namespace flux::gateway::testing
