#include "gateway/desk_stats.h"

#include <cstddef>

namespace flux::gateway {

void Describe(MetricWriter& out, const DeskStats& stats) {
    for (std::size_t outcome = 0; outcome < kWishOutcomeNames.size(); ++outcome) {
        out.Write(
            "gateway_weather_wishes",
            "Wishes of clients for the weather of their city that their shard could not settle, by "
            "what became of them",
            stats.wishes[outcome],
            {{"outcome", kWishOutcomeNames[outcome]}}
        );
    }
    for (std::size_t kind = 0; kind < kCommandNames.size(); ++kind) {
        out.Write(
            "gateway_commands",
            "Commands to services, handed to the bus",
            stats.commands[kind],
            {{"command", kCommandNames[kind]}}
        );
    }
    out.Write(
        "gateway_commands_failed", "Commands that the bus did not take", stats.commands_failed
    );
    out.Write(
        "gateway_weather_periodic",
        "Weather commands because a room had members for so long",
        stats.periodic
    );
    out.Write(
        "gateway_weather_rooms", "Rooms of cities that the gateway keeps track of", stats.rooms
    );
    out.Write(
        "gateway_weather_rooms_dropped",
        "Rooms of cities not kept track of because there were too many",
        stats.rooms_dropped
    );
}

}  // namespace flux::gateway
