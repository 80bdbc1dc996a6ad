// Where cities are.
#pragma once

#include "base/clock.h"
#include "cache/cache.h"
#include "contract/location.h"
#include "feeds/upstream/upstream_error.h"
#include "feeds/weather/openweather.h"
#include "feeds/weather/recent_map.h"
#include "feeds/weather/weather_options.h"
#include "feeds/weather/weather_stats.h"
#include "runtime/task.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace flux::feeds {

/// Asks the source where a city is, once: the answer is kept for thirty days, "no such city" for
/// ten minutes, in memory (bounded) and in the cache, under GeoKey. A cache that is away or holds
/// nonsense is passed over. Thread: its shard's. Not twice for one city at a time.
class PlaceFinder {
public:
    /// References and `cache` (may be null) outlive it.
    PlaceFinder(
        const WeatherOptions& options,
        const Clock& clock,
        OpenWeather& source,
        cache::Cache* cache,
        WeatherStats& stats
    );

    /// `country_code` is that of `wanted`, as far as it names a country. A region decides between
    /// cities of one name; it makes none unknown. Errors: kNoCity with a sentence for who asked,
    /// those of the source.
    Task<std::variant<Place, UpstreamError>> Find(
        contract::Location wanted, std::optional<std::string> country_code
    );

private:
    struct Kept {
        std::optional<Place> place;  // nothing: no such city
        WallMillis at = 0;           // when the source said so
    };

    static std::string Encode(const Kept& kept);
    static std::optional<Kept> Decode(std::string_view json);
    bool IsGood(const Kept& kept) const;
    std::chrono::seconds Lifetime(const Kept& kept) const;
    Task<std::optional<Kept>> Recall(std::string key);

    const WeatherOptions& options_;
    const Clock& clock_;
    OpenWeather& source_;
    cache::Cache* const cache_;
    WeatherStats& stats_;
    RecentMap<Kept> kept_;
};

/// Of rows that all bear the name: the first of that country whose state is the region; else the
/// first of that country. Exposed for tests.
std::optional<Place> ChoosePlace(
    const std::vector<GeoRow>& rows,
    const std::optional<std::string>& region,
    const std::optional<std::string>& country_code
);

}  // namespace flux::feeds
