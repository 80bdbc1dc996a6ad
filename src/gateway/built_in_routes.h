// The routes that Flux itself brings: one per event that pages know.
#pragma once

#include "gateway/route.h"

#include <string_view>
#include <vector>

namespace flux::gateway {

/// Their names: in logs, in metrics, and for rows of the configuration that take their place.
namespace built_in {
inline constexpr std::string_view kTicker = "crypto.ticker";
inline constexpr std::string_view kMovers = "crypto.movers";
inline constexpr std::string_view kTopCoins = "crypto.topcoins";
inline constexpr std::string_view kStock = "stock.performers";
inline constexpr std::string_view kNews = "news.global";
inline constexpr std::string_view kWeather = "weather.update";
inline constexpr std::string_view kWeatherError = "weather.error";
inline constexpr std::string_view kStatus = "service.status";
}  // namespace built_in

/// The built-in rows.
std::vector<Route> DefaultRoutes();

}  // namespace flux::gateway
