// What the gateway wants of the services: C1 to C5.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "contract/location.h"

#include <string>
#include <string_view>

namespace flux::contract {

/// C1 `weather.service.command.fetch`; the record's key says who asked, and comes back as
/// `replyTo`.
struct WeatherFetch {
    std::string user_id;
    Location place;  ///< no coordinates: the service finds them itself
    WallMillis timestamp = 0;

    friend bool operator==(const WeatherFetch&, const WeatherFetch&) = default;
};

/// `{"event":"locationUpdate","userId":...,"data":{"city":...,"region"?,"country"?},"timestamp":"ISO
/// 8601"}`
std::string Encode(const WeatherFetch& command);
/// Other members of `data` (lat, lon, ip) are not read. Errors: kBadInput naming the field. Thread:
/// any.
Result<WeatherFetch> DecodeWeatherFetch(std::string_view json);

/// C2 to C5. A trigger: consumers look at nothing but that somebody asks, which tells it from what
/// belongs on other topics.
struct RefreshCommand {
    std::string requested_by = "bff";
    std::string reason;  ///< "startup", "refresh_cache", "initial_refresh"
    WallMillis timestamp = 0;

    friend bool operator==(const RefreshCommand&, const RefreshCommand&) = default;
};

std::string Encode(const RefreshCommand& command);
/// What is missing or odd beside `requestedBy` is passed over. Errors: kBadInput when it is no JSON
/// object or nobody asks. Thread: any.
Result<RefreshCommand> DecodeRefreshCommand(std::string_view json);

/// The record keys of C2 to C5.
inline constexpr std::string_view kMoversCommandKey = "cryptotopmovers";
inline constexpr std::string_view kTopCoinsCommandKey = "cryptotopcoins";
inline constexpr std::string_view kStockCommandKey = "stocktopperformers";
inline constexpr std::string_view kNewsCommandKey = "topglobalnews";

}  // namespace flux::contract
