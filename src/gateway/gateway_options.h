// What a gateway may be told.
#pragma once

#include "base/clock.h"
#include "base/units.h"
#include "gateway/address_limits.h"
#include "gateway/desk_options.h"
#include "gateway/look_back.h"
#include "gateway/replay_log.h"
#include "gateway/route_config.h"
#include "gateway/token_bucket.h"
#include "limits/limits.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flux::gateway {

struct GatewayOptions {
    RoutingTables tables;                ///< see BuildRoutingTables
    std::vector<std::string> simulated;  ///< domains shown as simulated, e.g. {"crypto"}

    Rate intent_rate{.per_second = 10, .burst = 40};  ///< client events per session
    Rate join_rate{.per_second = 16, .burst = 64};    ///< rooms joined per session
    AddressOptions addresses;                         ///< the same of each client address
    std::uint32_t limited_in_row_max = 200;  ///< events over the budget in a row that end a session
    Milliseconds cache_write_interval{100};  ///< between two writes of one snapshot to the cache
    std::size_t snapshot_bytes_max = 64 * MiB;  ///< of keys, rooms and frames
    /// Sent at once on a join; also what a client may have missed and still be given.
    std::size_t hydration_bytes_max = limits::kOutboxBytesHard / 2;
    LookBackOptions look_back;
    DeskOptions desk;
    ReplayBounds replay{.records_max = 16'384, .bytes_max = 16 * MiB};  ///< per replay route
    /// The bus' positions mean the same to other processes and later runs (Kafka's do).
    bool positions_outlive_process = false;
    /// Whether a topic is made that only a route names; where others own the topics it is waited
    /// for, because its name may be a mistake.
    bool make_topics_of_routes = true;
    Milliseconds topic_interval{10'000};  ///< between two looks at whether it is there
};

}  // namespace flux::gateway
