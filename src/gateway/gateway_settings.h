// The gateway's settings and rows in the configuration.
#pragma once

#include "config/registry.h"
#include "config/table.h"
#include "gateway/gateway_options.h"

#include <vector>

namespace flux::gateway {

/// The [[route]] and [[intent]] rows, unread: give them to ReadRoutingTables once all settings are
/// loaded.
struct GatewayRows {
    std::vector<config::Table> routes;
    std::vector<config::Table> intents;
};

/// Binds every `gateway.*` setting to `options` and the rows to `rows`, which both outlive the
/// registry. Thread: main.
void AddGatewaySettings(config::Registry& registry, GatewayOptions& options, GatewayRows& rows);

}  // namespace flux::gateway
