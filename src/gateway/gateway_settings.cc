#include "gateway/gateway_settings.h"

namespace flux::gateway {

void AddGatewaySettings(config::Registry& registry, GatewayOptions& options, GatewayRows& rows) {
    using config::Between;
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
