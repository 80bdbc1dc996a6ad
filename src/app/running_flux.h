// The Flux that runs here, for commands that ask it something.
#pragma once

#include "app/configuration.h"
#include "base/result.h"
#include "config/secret.h"

#include <cstdint>
#include <string>

namespace flux::app {

struct RunningFlux {
    std::string host;  ///< as a URL writes it
    std::uint16_t port = 0;
    config::Secret token;
};

/// What was asked for explicitly (admin.address, admin.port); else the process that announced
/// itself in the data directory, or in that of a role inside it. Errors: a sentence that says what
/// to do. Thread: main, of a command.
Result<RunningFlux> FindRunningFlux(Configuration& configuration);

}  // namespace flux::app
