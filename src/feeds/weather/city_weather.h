// The weather of cities: what is fresh, what has to be asked for, and what will do meanwhile.
#pragma once

#include "base/clock.h"
#include "cache/cache.h"
#include "contract/location.h"
#include "contract/weather.h"
#include "feeds/upstream/upstream_error.h"
#include "feeds/weather/kept_air.h"
#include "feeds/weather/openweather.h"
#include "feeds/weather/place_finder.h"
#include "feeds/weather/recent_map.h"
#include "feeds/weather/weather_options.h"
#include "feeds/weather/weather_stats.h"
#include "runtime/answer_slot.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace flux::feeds {

/// What one question came to: a reading, or why there is none; a stale reading has both.
struct CityAnswer {
    enum class From : std::uint8_t { kMemory, kCache, kApi, kStale };

    std::optional<contract::WeatherReading> reading;  ///< its spelling of the city is anybody's
    From from = From::kApi;
    std::optional<UpstreamError> error;
    std::optional<UpstreamError> air_error;  ///< a reading without the newest air quality
};

/// Current weather is fresh for ten minutes, air quality for an hour; both are kept in memory
/// (bounded) and in the cache. When the source gives nothing, what it said before is served for up
/// to six hours. Fails open: a cache that is away, or holds nonsense, is a miss.
/// Of the instances that share a cache, one asks for a city at a time; the others take what it
/// brings. Thread: its shard's. One question per city at a time.
class CityWeather {
public:
    /// References and `cache` (may be null) outlive it.
    CityWeather(
        Shard& shard,
        const WeatherOptions& options,
        OpenWeather& source,
        cache::Cache* cache,
        WeatherStats& stats
    );

    /// What is in memory and fresh; nullptr when nothing is. Good until the next Get.
    const contract::WeatherReading* Fresh(const std::string& key);

    /// `key` is WeatherKey of the city and its `country_code`.
    Task<CityAnswer> Get(
        std::string key, contract::Location wanted, std::optional<std::string> country_code
    );

    /// Takes a reading that somebody else has asked for, where it is newer than what is known.
    void Learn(contract::WeatherReading reading);

    Task<> Stop();

private:
    /// What came of asking for the air.
    struct AirAnswer {
        std::optional<contract::AirQuality> air;
        std::optional<UpstreamError> error;
    };

    using Slots = std::map<std::string, AnswerSlot<bool>*>;

    Task<> AwaitAnother(std::string key);
    Task<CityAnswer> Ask(contract::Location wanted, std::optional<std::string> country_code);
    Task<> Recall(std::string key);
    Task<AirAnswer> Air(std::string air_key, Place place);
    Task<> AskAir(std::string air_key, Place place, std::shared_ptr<AnswerSlot<AirAnswer>> answer);
    Task<const KeptAir*> RecallAir(std::string air_key);
    void KeepNewer(const std::string& key, contract::WeatherReading reading);
    void Keep(const std::string& key, const contract::WeatherReading& reading);
    Milliseconds AgeOf(WallMillis fetched_at) const;

    Shard& shard_;
    const WeatherOptions& options_;
    OpenWeather& source_;
    cache::Cache* const cache_;
    WeatherStats& stats_;
    PlaceFinder places_;
    RecentMap<contract::WeatherReading> readings_;
    RecentMap<KeptAir> airs_;
    Slots awaited_;  // readings that another instance asks for
    TaskGroup tasks_;
};

}  // namespace flux::feeds
