// What the weather service counts.
#pragma once

#include "base/counter.h"
#include "base/metrics.h"
#include "feeds/upstream/upstream_stats.h"

namespace flux::feeds {

/// Thread: written on its shard, read by any.
struct WeatherStats {
    UpstreamStats openweather;

    Counter commands;            ///< taken from the bus
    Counter commands_malformed;  ///< skipped
    Counter commands_old;        ///< skipped: they lay in the topic for too long
    Counter commands_joined;     ///< of a city that was being asked for already
    Counter left_to_another;     ///< questions another instance was asking
    Counter commands_refused;    ///< too many cities waited; told `limit`

    Counter served_memory;  ///< readings published that were fresh in this process' memory
    Counter served_cache;   ///< fresh in the shared cache
    Counter served_api;     ///< asked for
    Counter served_stale;   ///< older than fresh, because the source gave nothing
    Counter unavailable;    ///< events that say why there is no weather

    Counter places_asked;    ///< cities looked up at the source
    Counter places_unknown;  ///< of which it knew nothing
    Counter air_missing;     ///< readings without the newest air quality
    Counter publish_failures;

    Gauge cities;   ///< kept in memory
    Gauge places;   ///< kept in memory
    Gauge waiting;  ///< cities that wait for an answer of the source
};

void Describe(MetricWriter& out, const WeatherStats& stats);

}  // namespace flux::feeds
