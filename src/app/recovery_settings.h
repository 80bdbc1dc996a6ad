// The settings of session recovery.
#pragma once

#include "config/registry.h"
#include "socketio/socketio_options.h"

namespace flux::app {

/// Adds the settings `socketio.recovery*`, bound to `socketio`.
void BindRecovery(config::Registry& registry, socketio::SocketIoOptions& socketio);

}  // namespace flux::app
