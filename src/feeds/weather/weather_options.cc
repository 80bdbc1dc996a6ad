#include "feeds/weather/weather_options.h"

#include "feeds/upstream/upstream_client.h"
#include "net/client/url.h"

#include <utility>

namespace flux::feeds {
namespace {

Error Bad(std::string why) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(why));
}

Result<void> CheckUrl(std::string_view setting, const std::string& text) {
    const auto url = net::Url::Parse(text);
    if (!url) return Bad(std::string(setting) + ": " + url.error().context);
    if (url->web_socket()) {
        return Bad(std::string(setting) + " must begin with http:// or https://");
    }
    return {};
}

}  // namespace

Result<void> Check(const WeatherOptions& options) {
    if (auto fit = CheckUrl("openweather.base_url", options.base_url); !fit) return fit;
    if (auto fit = CheckUrl("public_url", options.public_url); !fit) return fit;
    if (auto fit = CheckKey("weather.api_key", options.key); !fit) return fit;
    if (options.calls_per_minute == 0) {
        return Bad("weather.calls_per_minute must be at least 1");
    }
    if (options.breaker_failures < 1) return Bad("weather.breaker_failures must be at least 1");
    for (const Milliseconds time :
         {options.current_fresh,
          options.air_fresh,
          options.stale_max,
          options.time_max,
          options.retry_first,
          options.breaker_cooldown,
          options.heal_interval,
          options.answer_wait}) {
        if (time <= Milliseconds(0)) return Bad("every time of weather must be at least 1 ms");
    }
    for (const std::chrono::seconds time : {options.place_kept, options.unknown_kept}) {
        if (time < std::chrono::seconds(1)) {
            return Bad("weather keeps places for at least one second");
        }
    }
    if (options.stale_max < options.current_fresh) {
        return Bad("weather.stale_max must be at least weather.current_fresh");
    }
    return {};
}

}  // namespace flux::feeds
