// The gateway's settings and rows in the configuration.
#pragma once

#include "config/registry.h"
#include "gateway/gateway_options.h"

namespace flux::gateway {

/// Binds every `gateway.*` setting to `options` and the rows to `rows`, which both outlive the
/// registry; give the rows to ReadRoutingTables once all settings are loaded. Thread: main.
void AddGatewaySettings(config::Registry& registry, GatewayOptions& options, GatewayRows& rows);

}  // namespace flux::gateway
