#include "feeds/weather/city_weather.h"

#include "base/units.h"
#include "contract/places.h"
#include "feeds/upstream/fleet_lease.h"
#include "feeds/weather/weather_mapping.h"
#include "limits/limits.h"

#include <chrono>
#include <utility>
#include <variant>

namespace flux::feeds {
namespace {

/// Nobody waits longer for the air once the weather is there.
constexpr Milliseconds kAirWait{3'000};

/// Of one question; whoever died in it keeps nobody waiting for longer.
constexpr std::chrono::seconds kLeaseMax{15};
constexpr Milliseconds kOthersWait{4'000};

/// How far another machine's clock may be ahead.
constexpr Milliseconds kClockSkew{60'000};

}  // namespace

CityWeather::CityWeather(
    Shard& shard,
    const WeatherOptions& options,
    OpenWeather& source,
    cache::Cache* cache,
    WeatherStats& stats
)
    : shard_(shard),
      options_(options),
      source_(source),
      cache_(cache),
      stats_(stats),
      places_(options, shard.clock(), source, cache, stats),
      readings_(limits::kWeatherCitiesMax),
      airs_(limits::kWeatherCitiesMax),
      tasks_(shard) {}

Task<> CityWeather::Stop() {
    co_await tasks_.Drain();
}

Milliseconds CityWeather::AgeOf(WallMillis fetched_at) const {
    return Milliseconds(shard_.clock().WallNow() - fetched_at);
}

const contract::WeatherReading* CityWeather::Fresh(const std::string& key) {
    const contract::WeatherReading* const reading = readings_.Find(key);
    if (reading == nullptr || AgeOf(reading->fetched_at) >= options_.current_fresh) return nullptr;
    return reading;
}

Task<CityAnswer> CityWeather::Get(
    std::string key, contract::Location wanted, std::optional<std::string> country_code
) {
    CityAnswer answer;
    if (const auto* const fresh = Fresh(key)) {
        answer.reading = *fresh;
        answer.from = CityAnswer::From::kMemory;
        co_return answer;
    }
    Task<> recalling = Recall(key);
    co_await std::move(recalling);
    std::optional<FleetLease> lease;
    if (Fresh(key) == nullptr) {
        lease = co_await FleetLease::TryTake(cache_, key, kLeaseMax);
        if (!lease) {
            Task<> waiting = AwaitAnother(key);
            co_await std::move(waiting);
        }
    }
    if (const auto* const fresh = Fresh(key)) {
        answer.reading = *fresh;
        answer.from = CityAnswer::From::kCache;
        co_return answer;
    }
    Task<CityAnswer> asking = Ask(std::move(wanted), std::move(country_code));
    answer = co_await std::move(asking);
    if (answer.reading) {
        Keep(key, *answer.reading);
        co_return answer;
    }
    const auto* const kept = readings_.Find(key);
    const bool will_do = kept != nullptr && AgeOf(kept->fetched_at) < options_.stale_max &&
                         answer.error->failure != contract::Failure::kNoCity;
    if (will_do) {
        answer.reading = *kept;
        answer.from = CityAnswer::From::kStale;
    }
    co_return answer;
}

/// Until the instance that asks for `key` has brought it, as long as that may be hoped for.
Task<> CityWeather::AwaitAnother(std::string key) {
    /// Until the wait ends, however it does.
    struct Awaited {
        Awaited(Slots& of, const std::string& name, AnswerSlot<bool>& slot)
            : slots(of),
              entry(of.insert_or_assign(name, &slot).first) {}
        Awaited(const Awaited&) = delete;
        Awaited& operator=(const Awaited&) = delete;
        ~Awaited() { slots.erase(entry); }
        Slots& slots;
        Slots::iterator entry;
    };
    stats_.left_to_another.Add();
    {
        AnswerSlot<bool> slot(shard_);
        const Awaited awaited(awaited_, key, slot);
        co_await slot.Wait(kOthersWait);
    }
    if (Fresh(key) != nullptr) co_return;
    Task<> recalling = Recall(key);
    co_await std::move(recalling);
}

/// Takes what another process has written to the cache, where it is newer.
Task<> CityWeather::Recall(std::string key) {
    if (cache_ == nullptr) co_return;
    const std::optional<std::string> value = co_await cache_->Get(key);
    if (!value) co_return;
    auto reading = contract::DecodeWeatherReading(*value);
    if (reading) KeepNewer(key, *std::move(reading));
}

void CityWeather::Learn(contract::WeatherReading reading) {
    const std::string key = contract::WeatherKey(reading.city, reading.country);
    KeepNewer(key, std::move(reading));
}

/// A time in the future is nobody's clock.
void CityWeather::KeepNewer(const std::string& key, contract::WeatherReading reading) {
    if (AgeOf(reading.fetched_at) < -kClockSkew) return;
    const auto* const kept = readings_.Find(key);
    if (kept != nullptr && kept->fetched_at >= reading.fetched_at) return;
    readings_.Put(key, std::move(reading));
    stats_.cities.Set(static_cast<std::int64_t>(readings_.size()));
    if (const auto awaited = awaited_.find(key); awaited != awaited_.end())
        awaited->second->Fill(true);
}

Task<CityAnswer> CityWeather::Ask(
    contract::Location wanted, std::optional<std::string> country_code
) {
    CityAnswer answer;
    const std::string air_key = contract::AirKey(wanted.city, country_code);
    const std::string city = wanted.city;
    auto found = co_await places_.Find(std::move(wanted), country_code);
    if (auto* const error = std::get_if<UpstreamError>(&found)) {
        answer.error = std::move(*error);
        co_return answer;
    }
    const Place place = std::get<Place>(found);
    auto current = co_await source_.Current(place);
    if (auto* const error = std::get_if<UpstreamError>(&current)) {
        answer.error = std::move(*error);
        co_return answer;
    }
    answer.reading =
        ToReading(std::get<Observation>(current), options_.public_url, shard_.clock().WallNow());
    answer.reading->city = city;
    answer.reading->country = std::move(country_code);
    Task<AirAnswer> asking = Air(air_key, place);
    AirAnswer air = co_await std::move(asking);
    answer.reading->air_quality = std::move(air.air);
    answer.air_error = std::move(air.error);
    if (answer.air_error) stats_.air_missing.Add();
    co_return answer;
}

void CityWeather::Keep(const std::string& key, const contract::WeatherReading& reading) {
    readings_.Put(key, reading);
    stats_.cities.Set(static_cast<std::int64_t>(readings_.size()));
    if (cache_ == nullptr) return;
    cache_->Set(
        key, contract::Encode(reading), std::chrono::ceil<std::chrono::seconds>(options_.stale_max)
    );
}

/// The air of a place: what is fresh; else what the source says within a few seconds; else what it
/// said some hours ago.
Task<CityWeather::AirAnswer> CityWeather::Air(std::string air_key, Place place) {
    AirAnswer answer;
    Task<const KeptAir*> recalling = RecallAir(air_key);
    const KeptAir* kept = co_await std::move(recalling);
    if (kept != nullptr && AgeOf(kept->fetched_at) < options_.air_fresh) {
        answer.air = kept->air;
        co_return answer;
    }
    auto slot = std::make_shared<AnswerSlot<AirAnswer>>(shard_);
    tasks_.Spawn("weather.air", AskAir(air_key, place, slot));
    std::optional<AirAnswer> asked = co_await slot->Wait(kAirWait);
    if (asked && asked->air) co_return *std::move(asked);
    if (asked) {
        answer.error = std::move(asked->error);
    } else {
        answer.error.emplace();
        answer.error->reason = "timeout";
        answer.error->message = "OpenWeatherMap is slow to tell the air quality.";
        answer.error->detail = "the air quality took too long";
    }
    kept = airs_.Find(air_key);
    if (kept != nullptr && AgeOf(kept->fetched_at) < options_.stale_max) answer.air = kept->air;
    co_return answer;
}

/// Goes on when nobody waits any more: the next who asks finds what came.
Task<> CityWeather::AskAir(
    std::string air_key, Place place, std::shared_ptr<AnswerSlot<AirAnswer>> answer
) {
    auto air = co_await source_.Air(place);
    AirAnswer told;
    if (auto* const error = std::get_if<UpstreamError>(&air)) {
        told.error = std::move(*error);
        answer->Fill(std::move(told));
        co_return;
    }
    told.air = std::get<contract::AirQuality>(air);
    const KeptAir kept{*told.air, shard_.clock().WallNow()};
    airs_.Put(air_key, kept);
    if (cache_ != nullptr) {
        cache_->Set(
            air_key,
            EncodeKeptAir(kept),
            std::chrono::ceil<std::chrono::seconds>(options_.air_fresh)
        );
    }
    answer->Fill(std::move(told));
}

/// What is kept of the air, from the cache where memory has nothing fresh. nullptr: nothing.
Task<const KeptAir*> CityWeather::RecallAir(std::string air_key) {
    const KeptAir* kept = airs_.Find(air_key);
    const bool fresh = kept != nullptr && AgeOf(kept->fetched_at) < options_.air_fresh;
    if (fresh || cache_ == nullptr) co_return kept;
    const std::optional<std::string> value = co_await cache_->Get(air_key);
    auto cached = value ? DecodeKeptAir(*value) : std::nullopt;
    kept = airs_.Find(air_key);
    const bool newer = cached && AgeOf(cached->fetched_at) > -kClockSkew &&
                       (kept == nullptr || kept->fetched_at < cached->fetched_at);
    if (newer) airs_.Put(air_key, *std::move(cached));
    co_return airs_.Find(air_key);
}

}  // namespace flux::feeds
