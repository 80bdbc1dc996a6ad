#include "feeds/weather/place_finder.h"

#include "base/units.h"
#include "contract/member_reader.h"
#include "contract/object_writer.h"
#include "contract/places.h"
#include "limits/limits.h"

#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace flux::feeds {
namespace {

constexpr std::size_t kRowsToChooseFrom = 5;  // the vendor's most

UpstreamError NoCity(const contract::Location& wanted) {
    UpstreamError error;
    error.failure = contract::Failure::kNoCity;
    error.reason = "api_error";
    error.message = fmt::format("no city called {} is known", wanted.city);
    if (wanted.country) error.message += " in " + *wanted.country;
    error.message += "; look at the spelling";
    error.detail = "the source knows no such city";
    return error;
}

}  // namespace

std::optional<Place> ChoosePlace(
    const std::vector<GeoRow>& rows,
    const std::optional<std::string>& region,
    const std::optional<std::string>& country_code
) {
    std::optional<Place> first;
    for (const GeoRow& row : rows) {
        if (country_code && !row.country.empty() && row.country != *country_code) continue;
        const Place place{row.lat, row.lon};
        const bool named = region && !row.state.empty() &&
                           contract::FoldedCity(row.state) == contract::FoldedCity(*region);
        if (named) return place;
        if (!first) first = place;
    }
    return first;
}

PlaceFinder::PlaceFinder(
    const WeatherOptions& options,
    const Clock& clock,
    OpenWeather& source,
    cache::Cache* cache,
    WeatherStats& stats
)
    : options_(options),
      clock_(clock),
      source_(source),
      cache_(cache),
      stats_(stats),
      kept_(limits::kWeatherPlacesMax) {}

Task<std::variant<Place, UpstreamError>> PlaceFinder::Find(
    contract::Location wanted, std::optional<std::string> country_code
) {
    const std::string key = contract::GeoKey(wanted.city, wanted.region, country_code);
    Task<std::optional<Kept>> recalling = Recall(key);
    std::optional<Kept> known = co_await std::move(recalling);
    if (!known) {
        stats_.places_asked.Add();
        const std::size_t rows = wanted.region ? kRowsToChooseFrom : 1;
        auto answer = co_await source_.FindPlaces(wanted.city, country_code, rows);
        if (auto* const error = std::get_if<UpstreamError>(&answer)) co_return std::move(*error);
        const auto& found = std::get<std::vector<GeoRow>>(answer);
        known.emplace();
        known->place = ChoosePlace(found, wanted.region, country_code);
        known->at = clock_.WallNow();
        if (!known->place) stats_.places_unknown.Add();
        if (cache_ != nullptr) cache_->Set(key, Encode(*known), Lifetime(*known));
        kept_.Put(key, *known);
        stats_.places.Set(static_cast<std::int64_t>(kept_.size()));
    }
    if (!known->place) co_return NoCity(wanted);
    co_return *known->place;
}

/// What is remembered of `key`, here or in the cache.
Task<std::optional<PlaceFinder::Kept>> PlaceFinder::Recall(std::string key) {
    if (const Kept* const kept = kept_.Find(key); kept != nullptr && IsGood(*kept)) {
        co_return *kept;
    }
    if (cache_ == nullptr) co_return std::nullopt;
    const std::optional<std::string> value = co_await cache_->Get(key);
    std::optional<Kept> kept = value ? Decode(*value) : std::nullopt;
    if (!kept || !IsGood(*kept)) co_return std::nullopt;
    kept_.Put(key, *kept);
    stats_.places.Set(static_cast<std::int64_t>(kept_.size()));
    co_return kept;
}

std::chrono::seconds PlaceFinder::Lifetime(const Kept& kept) const {
    return kept.place ? options_.place_kept : options_.unknown_kept;
}

/// A time in the future is nobody's clock.
bool PlaceFinder::IsGood(const Kept& kept) const {
    const Milliseconds age(clock_.WallNow() - kept.at);
    return age > -60s && age < Lifetime(kept);
}

std::string PlaceFinder::Encode(const Kept& kept) {
    contract::ObjectWriter out;
    if (kept.place) {
        out.Number("lat", kept.place->lat);
        out.Number("lon", kept.place->lon);
    }
    out.Integer("at", kept.at);
    return out.Take();
}

std::optional<PlaceFinder::Kept> PlaceFinder::Decode(std::string_view json) {
    Result<contract::MemberReader> in = contract::ReadObject("place", json);
    if (!in) return std::nullopt;
    Kept kept;
    const auto lat = in->OptionalNumber("lat");
    const auto lon = in->OptionalNumber("lon");
    kept.at = in->Integer("at");
    if (in->error() || lat.has_value() != lon.has_value()) return std::nullopt;
    if (!lat) return kept;
    if (std::abs(*lat) > 90 || std::abs(*lon) > 180) return std::nullopt;
    kept.place = Place{*lat, *lon};
    return kept;
}

}  // namespace flux::feeds
