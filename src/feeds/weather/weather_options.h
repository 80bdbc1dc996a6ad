// How the weather service is set.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <string>

namespace flux::feeds {

/// Plain settings; the composition root fills them from the configuration.
struct WeatherOptions {
    std::string base_url = "https://api.openweathermap.org";
    std::string key;      ///< of OpenWeatherMap; "": starts, warns, and answers `no_key`
    std::string ca_file;  ///< PEM file of trusted authorities; "" trusts the machine's
    std::string user_agent = "flux/0.1";
    bool simulated = false;  ///< base_url is the built-in simulator
    std::string public_url =
        "http://localhost:5173";  ///< where pages find this server's pictures of the weather

    std::size_t calls_per_minute = 60;  ///< never more than that in any minute
    Milliseconds current_fresh = std::chrono::minutes(10);
    Milliseconds air_fresh = std::chrono::hours(1);
    Milliseconds stale_max = std::chrono::hours(6);  ///< served that old while the source is away
    std::chrono::seconds place_kept = std::chrono::hours(30 * 24);
    std::chrono::seconds unknown_kept = std::chrono::minutes(10);

    Milliseconds time_max{10'000};  ///< of one exchange
    Milliseconds retry_first{500};
    int breaker_failures = 3;
    Milliseconds breaker_cooldown{60'000};
    Milliseconds heal_interval{
        15'000};  ///< how often the source is tried for cities that had to do with less
    Milliseconds answer_wait{
        2'000};  ///< a batch of commands is held back so long; then it counts as handled
};

/// Whether the options can be used. Errors: kBadInput naming the setting and what is allowed.
Result<void> Check(const WeatherOptions& options);

}  // namespace flux::feeds
