// Topics, routes and intents from the rows of the configuration.
#pragma once

#include "config/problems.h"
#include "config/table.h"
#include "gateway/intent_table.h"
#include "gateway/route_table.h"
#include "gateway/topic_config.h"

#include <optional>
#include <vector>

namespace flux::gateway {

struct RoutingTables {
    RouteTable routes;
    IntentTable intents;
    std::vector<TopicRow> topics;  ///< without Flux's own
};

/// Rows of the configuration, unread.
struct GatewayRows {
    std::vector<config::Table> topics;   ///< [[topic]]
    std::vector<config::Table> routes;   ///< [[route]]
    std::vector<config::Table> intents;  ///< [[intent]]
};

/// The built-in rows and the configured ones. A [[route]] with the name of a built-in route takes
/// its place; an [[intent]] for the event of a built-in intent adds its rooms to it. Nothing when a
/// row has a mistake; every mistake is in `problems` with its line. docs/routes.md describes the
/// fields.
std::optional<RoutingTables> ReadRoutingTables(const GatewayRows& rows, config::Problems& problems);

/// The built-in rows alone.
RoutingTables DefaultRoutingTables();

}  // namespace flux::gateway
