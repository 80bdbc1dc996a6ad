// What the gateway counts.
#pragma once

#include "base/counter.h"
#include "gateway/replay_log.h"
#include "gateway/snapshot_table.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flux::gateway {

/// Why a record was not delivered.
enum class Skip : std::uint8_t { kBadJson, kTooLarge, kNoRoom, kNoKey, kBadPayload };
inline constexpr std::array<std::string_view, 5> kSkipNames{
    "bad_json", "too_large", "no_room", "no_key", "bad_payload"};

/// How a client's request ended.
enum class IntentOutcome : std::uint8_t {
    kJoined,
    kAnswered,        ///< needs no room (getUserId)
    kBadRequest,      ///< its argument does not give the rooms' names
    kRateLimited,     ///< over a budget of its session
    kAddressLimited,  ///< over a budget of its client's address
    kLimit,           ///< over the rooms a socket may hold
    kUnknown,         ///< no intent of that name
};
inline constexpr std::array<std::string_view, 7> kIntentOutcomeNames{
    "joined", "answered", "bad_request", "rate_limited", "address_limited", "limit", "unknown"};

/// Of one topic. Written on the pump's shard.
struct PumpStats {
    Counter records;
    Counter unmatched;   ///< records whose key no route takes
    Counter tombstones;  ///< records without a payload
    std::array<Counter, kSkipNames.size()> skipped;
    Counter warm_up_records;    ///< looked at when the gateway started
    Counter warm_up_snapshots;  ///< newest events found among them
    Counter warm_up_cut;        ///< times not everything could be looked at
    Gauge missing;              ///< 1 while the bus does not have the topic
    Counter lost;               ///< times records of a replay route were gone before they were read
};

/// Of one route. Written on the pump's shard.
struct RouteStats {
    Counter matched;
    Counter encoded_bytes;
    Counter deliveries;
};

/// Written on the pump's shard.
struct SnapshotWriterStats {
    Counter written;   ///< snapshots handed to the cache
    Counter replaced;  ///< newer ones that took the place of one that waited
    Gauge waiting_bytes;
};

/// Of one shard. Written there.
struct GatewayShardStats {
    SnapshotStats snapshots;
    Counter sessions;  ///< sockets that got their session:init
    ReplayStats replay;
    Counter replayed;          ///< events sent to clients that had missed them
    Counter hydrations;        ///< frames sent from snapshots
    Counter hydrations_cut;    ///< joins whose snapshots were more than one hydration may send
    Counter cache_asked;       ///< rooms whose snapshot was asked of the cache
    Counter cache_hydrations;  ///< frames sent from what the cache had
    Counter cache_overtaken;   ///< of those, passed over because a live record came meanwhile
    Counter cache_rejected;    ///< of those, passed over because they are not what a route delivers
    Counter cache_not_asked;   ///< because too many questions were under way
    Counter bad_locations;
    Gauge weather_rooms;        ///< of cities, with members here
    Counter weather_loading;    ///< clients told that their weather is being asked for
    Counter weather_failed;     ///< clients told why it does not come
    Counter cities_limited;     ///< of those, over the budget of new cities of their session
    Counter requests_answered;  ///< requests answered with an event, at once or when it came
    Counter requests_loading;   ///< of clients that had to wait for it
    Counter requests_failed;    ///< of clients told why it does not come
    Counter waiters_refused;    ///< because too many were waiting
    Counter missed;             ///< broadcasts this shard did not see because it fell off the ring
    Counter refills;            ///< times its snapshots were brought up to date after that
    Counter closed_limit;       ///< sockets closed because they kept on past their budget
    std::array<Counter, kIntentOutcomeNames.size()> intents;
};

}  // namespace flux::gateway
