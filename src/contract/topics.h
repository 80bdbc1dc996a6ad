// The topics of the event bus: their names and what each is.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace flux::contract {

/// A topic as every process that uses it agrees on it.
struct Topic {
    std::string_view name;
    std::int32_t partitions = 1;
    bool durable = false;         ///< an acknowledged record survives kill -9
    bool embedded = true;         ///< of use to a process that is alone
    std::string_view group = {};  ///< shares its records among instances of a service; else empty
};

/// E4: one record per product and flush, key = product_id (see ticker.h).
inline constexpr Topic kCryptoTickerUpdated{.name = "crypto.ticker.event.updated"};

// Commands: intent. Services of one domain share them; what is not taken in time is of no use.
inline constexpr Topic kWeatherFetch{
    .name = "weather.service.command.fetch", .partitions = 4, .group = "weather-group"};
inline constexpr Topic kMoversRefresh{
    .name = "crypto.service.command.topmovers.refresh", .group = "crypto-topmovers-group"};
inline constexpr Topic kTopCoinsRefresh{
    .name = "crypto.service.command.topcoins.refresh", .group = "crypto-topcoins-group"};
inline constexpr Topic kStockRefresh{
    .name = "stock.service.command.topperformers.refresh", .group = "stock-topperformers-group"};
inline constexpr Topic kNewsRefresh{.name = "news.service.command.refresh", .group = "news-group"};

// Events: facts, each a full snapshot.
inline constexpr Topic kWeatherUpdated{.name = "weather.service.event.updated"};   // E1
inline constexpr Topic kMoversUpdated{.name = "crypto.movers.event.updated"};      // E2
inline constexpr Topic kTopCoinsUpdated{.name = "crypto.topcoins.event.updated"};  // E3
inline constexpr Topic kStockUpdated{.name = "stock.service.event.updated"};       // E5
inline constexpr Topic kNewsUpdated{.name = "news.service.event.updated"};         // E6
inline constexpr Topic kServiceStatus{.name = "platform.service.event.updated"};   // key = domain

/// Which gateway uses which id: one record per gateway every few seconds, key = id (see
/// gateway_claim.h). On Kafka only.
inline constexpr Topic kGateways{.name = "flux.gateways", .embedded = false};

inline constexpr std::array kTopics{
    kWeatherFetch,
    kMoversRefresh,
    kTopCoinsRefresh,
    kStockRefresh,
    kNewsRefresh,
    kWeatherUpdated,
    kMoversUpdated,
    kTopCoinsUpdated,
    kCryptoTickerUpdated,
    kStockUpdated,
    kNewsUpdated,
    kServiceStatus,
    kGateways};

/// The topic of that name, or nullptr when it is none of Flux's own (a user's topic).
constexpr const Topic* FindTopic(std::string_view name) {
    for (const Topic& topic : kTopics) {
        if (topic.name == name) return &topic;
    }
    return nullptr;
}

}  // namespace flux::contract
