// What a client event asks for: rooms to join, and the snapshots that answer it.
#pragma once

#include "gateway/room_template.h"
#include "gateway/route_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flux::gateway {

/// The event name of the intent that every client has once it is connected.
inline constexpr std::string_view kConnectIntent = "connect";

/// What is read from the event's first argument beside the rooms' values.
enum class Intake : std::uint8_t {
    kNothing,
    kLocation,  ///< the client's place: see LocationIntake
};

struct Intent {
    std::string event;  ///< of the client, or kConnectIntent
    std::vector<RoomTemplate> rooms;
    Intake intake = Intake::kNothing;
    /// Routes whose snapshots answer; absent: every route's, as far as it delivers to the rooms.
    std::optional<std::vector<std::string>> snapshots;
    std::vector<RouteNumber> snapshot_routes;  ///< `snapshots` as numbers, filled by IntentTable
};

/// The built-in rows.
std::vector<Intent> DefaultIntents();

}  // namespace flux::gateway
