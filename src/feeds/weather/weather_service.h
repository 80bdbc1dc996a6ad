// The weather domain: commands for cities in, their weather out.
#pragma once

#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "cache/cache.h"
#include "contract/commands.h"
#include "contract/service_status.h"
#include "contract/topics.h"
#include "contract/weather.h"
#include "feeds/upstream/status_publisher.h"
#include "feeds/upstream/upstream_error.h"
#include "feeds/weather/city_asks.h"
#include "feeds/weather/city_weather.h"
#include "feeds/weather/openweather.h"
#include "feeds/weather/recent_map.h"
#include "feeds/weather/weather_options.h"
#include "feeds/weather/weather_stats.h"
#include "runtime/patience.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace flux::feeds {

/// C1 -> geocoding, current weather and air quality of OpenWeatherMap, as far as they are not known
/// -> E1. Several instances share the commands; instances that share a cache share what they know.
/// It lives on one shard; a source that cannot be reached, or has no key, does not keep it from
/// starting. What any of them publishes the others learn too.
///
/// A batch of commands counts as handled when all its cities are answered, or after
/// options.answer_wait: a slow source holds up nobody whose weather is known. What is not answered
/// by then is lost if the process dies.
///
/// Thread: `shard`'s, but for the constructor and destructor, which any thread may call before
/// Start and after Stop. Lifecycle: Start once, Stop once, destroy.
class WeatherService {
public:
    /// Everything referenced outlives the service. `seed` decides the jitter of its back-off.
    /// `cache`: of `shard`, or null.
    WeatherService(
        Shard& shard,
        bus::EventBus& bus,
        WeatherOptions options,
        MetricRegistry& metrics,
        std::uint64_t seed,
        cache::Cache* cache = nullptr
    );
    WeatherService(const WeatherService&) = delete;
    WeatherService& operator=(const WeatherService&) = delete;
    ~WeatherService();

    /// Errors: kBadInput (options), kNotFound or kUnavailable (certificates), those of
    /// EventBus::EnsureTopic and Subscribe, once `patience` ends.
    Task<Result<void>> Start(Patience patience = Patience());

    /// No new commands; those under way are answered if that takes a few seconds. Idempotent.
    Task<> Stop();

    const WeatherStats& stats() const { return stats_; }  // any thread

private:
    Result<void> Build();
    Task<Result<void>> EnsureTopic(contract::Topic topic, Patience patience);
    Task<Result<std::unique_ptr<bus::Subscription>>> Subscribe(
        const contract::Topic& topic, bus::Group group, bus::BatchHandler handler
    );

    /// Events that can be published at once, by what makes them the same.
    using Ready = std::map<std::string, std::string>;

    void OnEvents(const std::vector<bus::Message>& batch);
    Task<Result<void>> OnCommands(const std::vector<bus::Message>& batch);
    std::optional<contract::WeatherFetch> Decode(const bus::Message& message);
    void Answer(
        const bus::Message& message,
        contract::WeatherFetch command,
        const std::shared_ptr<PendingBatch>& batch,
        Ready& ready
    );

    void Pump();
    Task<> Serve(std::string key);
    Task<Result<void>> PublishAnswer(CityAsk ask, CityAnswer answer);
    std::string EncodeUpdate(
        contract::WeatherReading reading, std::string spelling, contract::WeatherSource source
    );
    std::string EncodeUnavailable(
        const UpstreamError& error,
        std::string city,
        std::optional<std::string> country_code,
        std::string reply_to,
        std::optional<WallMillis> retry_at
    );
    std::optional<WallMillis> RetryAt(const UpstreamError& error);
    Task<Result<void>> Publish(std::string payload);
    void Count(const CityAnswer& answer);

    void Report(const CityAnswer& answer);
    void Say(contract::ServiceState state, const UpstreamError& error, std::string_view event);
    void Remember(const std::string& key, const CityAsk& ask, const CityAnswer& answer);
    Task<> Heal();
    Task<> HealAll();

    Shard& shard_;
    bus::EventBus& bus_;
    const WeatherOptions options_;
    cache::Cache* const cache_;
    WeatherStats stats_;
    Random random_;
    std::unique_ptr<OpenWeather> source_;
    std::unique_ptr<CityWeather> cities_;
    std::unique_ptr<StatusPublisher> status_;
    CityAsks asks_;
    std::size_t running_ = 0;             // questions under way
    RecentMap<contract::Location> owed_;  // cities the source gave nothing for
    WallMillis promised_ = 0;             // the latest time anybody was told to come again
    std::set<std::string> malformed_logged_;
    bool bus_refuses_ = false;
    bool stopping_ = false;
    TaskGroup tasks_;
    std::unique_ptr<bus::Subscription> events_;
    std::unique_ptr<bus::Subscription> commands_;
    MetricRegistry::Registration registration_;  // last: nobody scrapes what is being destroyed
};

}  // namespace flux::feeds
