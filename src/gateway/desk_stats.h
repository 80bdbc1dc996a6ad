// What the desk counts.
#pragma once

#include "base/counter.h"
#include "base/metrics.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace flux::gateway {

/// What became of a client's wish for the weather of its city.
enum class WishOutcome : std::uint8_t {
    kCommand,       ///< a command was published
    kUnderWay,      ///< another client's command for the place is
    kFresh,         ///< the gateway's snapshot is new enough
    kHeld,          ///< the place failed a moment ago; the client is told why
    kRepeated,      ///< the same user said the same a moment ago
    kAddressLimit,  ///< over the budget of the client's address
    kTotalLimit,    ///< over the budget of all
    kFull,          ///< too many places or commands are under way
};
inline constexpr std::array<std::string_view, 8> kWishOutcomeNames{
    "command", "under_way", "fresh", "held", "repeated", "address_limit", "total_limit", "full"};

/// Which command was published.
enum class CommandKind : std::uint8_t { kWeather, kMovers, kTopCoins, kStock, kNews };
inline constexpr std::array<std::string_view, 5> kCommandNames{
    "weather", "movers", "topcoins", "stock", "news"};

/// Written on the desk's shard.
struct DeskStats {
    std::array<Counter, kWishOutcomeNames.size()> wishes;
    std::array<Counter, kCommandNames.size()> commands;
    Counter commands_failed;
    Counter periodic;       ///< weather commands because a room has members
    Counter rooms_dropped;  ///< rooms of cities that were not kept track of: too many
    Gauge rooms;            ///< of cities, kept track of
};

/// Thread: any.
void Describe(MetricWriter& out, const DeskStats& stats);

}  // namespace flux::gateway
