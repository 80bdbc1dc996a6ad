// The four requests of pages that need no room.
#pragma once

#include "contract/commands.h"
#include "contract/events.h"
#include "contract/topics.h"
#include "gateway/built_in_routes.h"
#include "gateway/desk_stats.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace flux::gateway {

/// A client event that is answered with the newest event of one route, and the command that brings
/// one when there is none.
struct Request {
    std::string_view event;   ///< of the client
    std::string_view reply;   ///< the event that answers
    std::string_view route;   ///< whose snapshot answers
    std::string_view domain;  ///< whose service has it
    std::string_view noun;    ///< for people
    contract::Topic events;
    contract::Topic commands;
    std::string_view command_key;
    std::string_view start_reason;  ///< of the command that a start gives
    CommandKind kind = CommandKind::kMovers;
    /// An event that is not older needs no command at a start: services publish as often.
    std::chrono::seconds rhythm{90};
    /// How long a service that says it is alive is waited for, in answer times.
    int patience = 2;
};

/// In the order a start asks for them.
inline constexpr std::array<Request, 4> kRequests{
    {{
         .event = contract::events::kTopCoinsRequest,
         .reply = contract::events::kTopCoins,
         .route = built_in::kTopCoins,
         .domain = "crypto",
         .noun = "list of coins",
         .events = contract::kTopCoinsUpdated,
         .commands = contract::kTopCoinsRefresh,
         .command_key = contract::kTopCoinsCommandKey,
         .start_reason = "startup",
         .kind = CommandKind::kTopCoins,
     },
     {
         .event = contract::events::kMoversRequest,
         .reply = contract::events::kMovers,
         .route = built_in::kMovers,
         .domain = "crypto",
         .noun = "list of movers",
         .events = contract::kMoversUpdated,
         .commands = contract::kMoversRefresh,
         .command_key = contract::kMoversCommandKey,
         .start_reason = "startup",
         .kind = CommandKind::kMovers,
     },
     {
         .event = contract::events::kStockRequest,
         .reply = contract::events::kStock,
         .route = built_in::kStock,
         .domain = "stock",
         .noun = "list of stocks",
         .events = contract::kStockUpdated,
         .commands = contract::kStockRefresh,
         .command_key = contract::kStockCommandKey,
         .start_reason = "startup",
         .kind = CommandKind::kStock,
         .rhythm = std::chrono::seconds(120),
         .patience = 15,  // fifty quotes at the pace of their source
     },
     {
         .event = contract::events::kNewsRequest,
         .reply = contract::events::kNews,
         .route = built_in::kNews,
         .domain = "news",
         .noun = "list of news",
         .events = contract::kNewsUpdated,
         .commands = contract::kNewsRefresh,
         .command_key = contract::kNewsCommandKey,
         .start_reason = "initial_refresh",
         .kind = CommandKind::kNews,
         .rhythm = std::chrono::seconds(480),
     }}};

/// The number of the request that `event` is. Thread: any.
constexpr std::optional<std::size_t> FindRequest(std::string_view event) {
    for (std::size_t number = 0; number < kRequests.size(); ++number) {
        if (kRequests[number].event == event) return number;
    }
    return std::nullopt;
}

}  // namespace flux::gateway
