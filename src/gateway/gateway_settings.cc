#include "gateway/gateway_settings.h"

#include "gateway/location_intake.h"

#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace flux::gateway {

namespace {

using config::Between;

void AddCities(config::Registry& registry, Rate& rate, std::string_view name, std::string_view of) {
    registry.AddDouble(
        fmt::format("gateway.{}cities_per_second", name),
        &rate.per_second,
        Between<double>{0.001, 10'000},
        "cities/s",
        fmt::format("{} per second, on average.", of)
    );
    registry.AddDouble(
        fmt::format("gateway.{}cities_burst", name),
        &rate.burst,
        Between<double>{1, 1'000'000},
        "cities",
        fmt::format("{} at once after a pause.", of)
    );
}

/// What all sessions of one client address may do: "send" "events".
void AddAddressRate(
    config::Registry& registry,
    WholeRate& rate,
    std::string_view name,
    std::string_view unit,
    std::string_view verb
) {
    const std::string all = fmt::format(
        "Like gateway.{}_*, for all sessions of one client address (IPv6: its /64): {} they may {}",
        name,
        unit,
        verb
    );
    registry.AddInteger(
        fmt::format("gateway.address_{}_per_second", name),
        &rate.per_second,
        Between<std::uint32_t>{0, 1'000'000},
        fmt::format("{}/s", unit),
        fmt::format("{} per second, on average; 0 is no limit.", all)
    );
    registry.AddInteger(
        fmt::format("gateway.address_{}_burst", name),
        &rate.burst,
        Between<std::uint32_t>{1, 10'000'000},
        std::string(unit),
        fmt::format("{} at once after a pause.", all)
    );
}

void AddDeskSettings(config::Registry& registry, DeskOptions& options) {
    config::TextRule city;
    city.what = "a city, or a city and its country: \"New Delhi, IN\"";
    city.accept = [](std::string_view text) { return ReadDefaultCity(text).has_value(); };
    registry.AddText(
        "default_city",
        &options.default_city,
        std::move(city),
        "City whose weather a client gets that does not say where it is."
    );
    AddCities(
        registry,
        options.session_cities,
        "",
        "Cities whose weather is not known yet that one session may name"
    );
    AddCities(
        registry,
        options.address_cities,
        "address_",
        "Weather commands for cities not known yet that clients of one address (IPv6: its /64) may "
        "cause"
    );
    AddCities(
        registry,
        options.total_cities,
        "total_",
        "Weather commands for cities not known yet that all clients together may cause"
    );
    registry.AddDuration(
        "gateway.weather_freshness",
        &options.weather_freshness,
        Between<Milliseconds>{1ms, 24h},
        1ms,
        "While the newest weather of a city is younger, no client causes a command for it."
    );
    registry.AddDuration(
        "gateway.weather_interval",
        &options.weather_interval,
        Between<Milliseconds>{10ms, 24h},
        1ms,
        "While the room of a city has members, its weather is asked for so often."
    );
    registry.AddDuration(
        "gateway.dedup_window",
        &options.dedup_window,
        Between<Milliseconds>{1ms, 1min},
        1ms,
        "The same location of the same user within this time causes no second command."
    );
    registry.AddDuration(
        "gateway.answer_timeout",
        &options.answer_time_max,
        Between<Milliseconds>{10ms, 10min},
        1ms,
        "How long a client waits for a service that has not answered before it is told so."
    );
    registry.AddDuration(
        "gateway.refresh_timeout",
        &options.start_time_max,
        Between<Milliseconds>{0ms, 10min},
        1ms,
        "How long a start waits for the first events of the services it has asked."
    );
}

}  // namespace

void AddGatewaySettings(config::Registry& registry, GatewayOptions& options, GatewayRows& rows) {
    registry.AddDouble(
        "gateway.events_per_second",
        &options.intent_rate.per_second,
        Between<double>{0.1, 10'000},
        "events/s",
        "Client events one session may send per second, on average."
    );
    registry.AddDouble(
        "gateway.events_burst",
        &options.intent_rate.burst,
        Between<double>{1, 100'000},
        "events",
        "Client events one session may send at once after a pause."
    );
    registry.AddDouble(
        "gateway.joins_per_second",
        &options.join_rate.per_second,
        Between<double>{0.1, 10'000},
        "rooms/s",
        "Rooms one session may join per second, on average."
    );
    registry.AddDouble(
        "gateway.joins_burst",
        &options.join_rate.burst,
        Between<double>{1, 100'000},
        "rooms",
        "Rooms one session may join at once after a pause."
    );
    AddAddressRate(registry, options.addresses.intents, "events", "events", "send");
    AddAddressRate(registry, options.addresses.joins, "joins", "rooms", "join");
    registry.AddInteger(
        "gateway.limited_in_row_max",
        &options.limited_in_row_max,
        Between<std::uint32_t>{1, 1'000'000},
        "events",
        "Events over the budget, one after the other, that close a session."
    );
    registry.AddBytes(
        "gateway.snapshot_bytes_max",
        &options.snapshot_bytes_max,
        Between<std::size_t>{1 * MiB, 64 * GiB},
        "Bytes of newest frames, with their keys and rooms, kept for clients that join; beyond it "
        "the key updated longest ago makes room."
    );
    registry.AddBytes(
        "gateway.hydration_bytes_max",
        &options.hydration_bytes_max,
        Between<std::size_t>{1 * KiB, limits::kOutboxBytesHard / 2},
        "Bytes of newest frames sent to one client when it joins; also what one that comes back "
        "may "
        "have missed, more starts it afresh."
    );
    registry.AddInteger(
        "gateway.replay_records_max",
        &options.replay.records_max,
        Between<std::size_t>{1, 10'000'000},
        "events",
        "Events of each route with recovery = replay that are kept for clients that come back; the "
        "oldest make room."
    );
    registry.AddBytes(
        "gateway.replay_bytes_max",
        &options.replay.bytes_max,
        Between<std::size_t>{64 * KiB, 64 * GiB},
        "Bytes of those events, per route."
    );
    registry.AddInteger(
        "gateway.warm_up_records",
        &options.look_back.records_max,
        Between<std::size_t>{0, 1'000'000},
        "records",
        "Records of each partition that a start looks back at, so that who joins gets the newest "
        "of each key at once, and who comes back what it missed; only topics of routes that keep "
        "snapshots or replay; 0: none."
    );
    registry.AddBytes(
        "gateway.warm_up_bytes",
        &options.look_back.bytes_max,
        Between<std::size_t>{64 * KiB, 4 * GiB},
        "As gateway.warm_up_records, in bytes of each topic."
    );
    registry.AddDuration(
        "gateway.warm_up_timeout",
        &options.look_back.time_max,
        Between<Milliseconds>{10ms, 1h},
        1ms,
        "How long a start looks back at most; keys that are missing then come with their next "
        "record."
    );
    registry.AddDuration(
        "gateway.cache_write_interval",
        &options.cache_write_interval,
        Between<Milliseconds>{1ms, 1min},
        1ms,
        "How often the newest record of a room may be written to the cache, for routes with a "
        "cache_key."
    );
    AddDeskSettings(registry, options.desk);
    registry.AddRows(
        "topic",
        &rows.topics,
        "Topics to make at the start: whether durable, partitions, retention."
    );
    registry.AddRows(
        "route", &rows.routes, "Which records of a topic go to which room as which event."
    );
    registry.AddRows("intent", &rows.intents, "Which rooms a client joins with which event.");
}

}  // namespace flux::gateway
