// The names of the Socket.IO events between gateway and browser, on namespace "/".
#pragma once

#include <string_view>

namespace flux::contract::events {

// --- client to server ---
inline constexpr std::string_view kUserLocationUpdate = "userLocationUpdate";
inline constexpr std::string_view kGetUserId = "getUserId";  ///< of the older contract

inline constexpr std::string_view kMoversRequest = "cryptoTopMoversRequest";
inline constexpr std::string_view kTopCoinsRequest = "cryptoTopCoinsRequest";
inline constexpr std::string_view kStockRequest = "stockTopPerformersRequest";
inline constexpr std::string_view kNewsRequest = "topNewsRequest";

// --- server to client ---
inline constexpr std::string_view kSessionInit = "session:init";
inline constexpr std::string_view kUserUniqueId = "userUniqueId";  ///< answers kGetUserId
inline constexpr std::string_view kCryptoTicker = "cryptoTickerResponse";
inline constexpr std::string_view kMovers = "cryptoTopMoversResponse";
inline constexpr std::string_view kTopCoins = "cryptoTopCoinsResponse";
inline constexpr std::string_view kStock = "stockTopPerformersResponse";
inline constexpr std::string_view kNews = "newsUpdate";
inline constexpr std::string_view kServiceStatus = "serviceStatus";  ///< to everybody
inline constexpr std::string_view kWeatherError = "weatherError";    ///< about a client's location
/// To a client whose city's weather is not there yet but asked for: status, message, city, country.
inline constexpr std::string_view kWeatherLoading = "weatherLoading";
/// A client event that was refused and had no acknowledgement to say so: an ErrorReply, and `event`
/// names what was refused.
inline constexpr std::string_view kRequestError = "requestError";

/// Names a server must not emit: the client library keeps them for itself.
constexpr bool IsReserved(std::string_view event) {
    return event == "connect" || event == "connect_error" || event == "disconnect" ||
           event == "disconnecting" || event == "newListener" || event == "removeListener";
}

/// `weather.<x>.update`: pages take any event of this shape for weather, so no other may have it.
/// They look at the beginning and at the end alone, so `weather.update` is one, too.
constexpr bool IsWeatherUpdate(std::string_view event) {
    constexpr std::string_view kHead = "weather.";
    constexpr std::string_view kTail = ".update";
    return event.starts_with(kHead) && event.ends_with(kTail);
}

}  // namespace flux::contract::events
