// What the desk may be told.
#pragma once

#include "base/clock.h"
#include "gateway/token_bucket.h"

#include <string>

namespace flux::gateway {

/// Cities are "new" while the gateway has not had weather of them for a while.
struct DeskOptions {
    std::string default_city = "New Delhi, IN";   ///< of clients that do not say where they are
    Milliseconds dedup_window{2'000};             ///< the same user, the same location
    Milliseconds weather_freshness{10 * 60'000};  ///< no command while the newest is younger
    Milliseconds weather_interval{60 * 60'000};   ///< between commands while a room has members
    Milliseconds answer_time_max{10'000};         ///< then who waits for a service is told so
    Milliseconds start_time_max{5'000};           ///< that a start waits for the first events
    Rate session_cities{.per_second = 0.2, .burst = 10};  ///< new cities of one session
    Rate address_cities{.per_second = 0.5, .burst = 30};  ///< commands for them, of one address
    Rate total_cities{.per_second = 0.5, .burst = 60};    ///< commands for them in all
};

}  // namespace flux::gateway
