#include "gateway/built_in_routes.h"

#include "base/assert.h"
#include "contract/events.h"
#include "contract/places.h"
#include "contract/rooms.h"
#include "contract/topics.h"
#include "gateway/built_in_shapes.h"
#include "gateway/weather_shape.h"

#include <utility>

namespace flux::gateway {
namespace {

using socketio::DeliveryPolicy;

/// One newest event per room, or per key of the shape: what every built-in route is.
Route Newest(
    std::string_view name,
    const contract::Topic& topic,
    std::string_view room,
    std::string_view event
) {
    Route route;
    route.name = name;
    route.topic = topic.name;
    route.room = RoomTemplate::Literal(room);
    route.event = event;
    route.delivery = DeliveryPolicy::kLatestPerKey;
    route.snapshot = SnapshotRule::kLatestPerKey;
    route.recovery = Recovery::kSnapshot;
    return route;
}

Route Shaped(Route route, const EventShape& shape) {
    route.shape = &shape;
    return route;
}

Route Cached(Route route, std::string_view key, std::chrono::seconds ttl) {
    route.cache = CacheRule{.key = RoomTemplate::Literal(key), .ttl = ttl};
    return route;
}

Match::Field Where(std::string_view path, std::string_view value, bool differs) {
    Match::Field field;
    Result<json::FieldPath> parsed = json::FieldPath::Parse(path);
    FLUX_ASSERT(parsed.has_value());
    field.path = *std::move(parsed);
    field.value = value;
    field.differs = differs;
    return field;
}

Route Ticker() {
    Route route = Newest(
        built_in::kTicker,
        contract::kCryptoTickerUpdated,
        contract::rooms::kCrypto,
        contract::events::kCryptoTicker
    );
    return Shaped(std::move(route), kTickerShape);
}

/// Its room and its event's name are the city's (kWeatherShape); the weather service keeps the
/// cache.
Route Weather() {
    Route route = Newest(built_in::kWeather, contract::kWeatherUpdated, "weather", "weather");
    route.match.fields.push_back(Where("status", "unavailable", true));
    route = Cached(std::move(route), "weather", std::chrono::seconds(kWeatherAgeMax));
    route.cache->written = false;
    return Shaped(std::move(route), kWeatherShape);
}

/// What is wrong with one asker's place is told to the asker (see WeatherDesk), all else to the
/// room.
Route WeatherError() {
    Route route = Newest(
        built_in::kWeatherError,
        contract::kWeatherUpdated,
        "weather",
        contract::events::kWeatherError
    );
    route.match.fields.push_back(Where("status", "unavailable", false));
    route.match.fields.push_back(Where("error", "no_city", true));
    route.snapshot = SnapshotRule::kNone;
    route.recovery = Recovery::kNone;
    return Shaped(std::move(route), kWeatherErrorShape);
}

}  // namespace

std::vector<Route> DefaultRoutes() {
    using std::chrono::seconds;
    namespace events = contract::events;
    namespace rooms = contract::rooms;
    std::vector<Route> routes;
    routes.push_back(Ticker());
    Route movers =
        Newest(built_in::kMovers, contract::kMoversUpdated, rooms::kCrypto, events::kMovers);
    movers = Cached(std::move(movers), contract::kMoversKey, seconds(300));
    routes.push_back(Shaped(std::move(movers), kMoversShape));
    Route coins =
        Newest(built_in::kTopCoins, contract::kTopCoinsUpdated, rooms::kCrypto, events::kTopCoins);
    coins = Cached(std::move(coins), contract::kTopCoinsKey, seconds(300));
    routes.push_back(Shaped(std::move(coins), kTopCoinsShape));
    Route stock = Newest(built_in::kStock, contract::kStockUpdated, rooms::kStock, events::kStock);
    stock = Cached(std::move(stock), contract::kStockKey, seconds(900));
    routes.push_back(Shaped(std::move(stock), kStockShape));
    Route news = Newest(built_in::kNews, contract::kNewsUpdated, rooms::kNews, events::kNews);
    news = Cached(std::move(news), contract::kNewsKey, seconds(720));
    routes.push_back(Shaped(std::move(news), kNewsShape));
    routes.push_back(Weather());
    routes.push_back(WeatherError());
    Route status = Newest(
        built_in::kStatus, contract::kServiceStatus, rooms::kEveryone, events::kServiceStatus
    );
    routes.push_back(Shaped(std::move(status), kStatusShape));
    return routes;
}

}  // namespace flux::gateway
