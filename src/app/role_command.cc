#include "app/commands.h"

#include <fmt/core.h>

namespace flux::app {

int RunRole(const std::string& role) {
    fmt::print(
        stderr,
        "flux: `flux {}` was not started: roles of their own meet on Kafka, and this build has no "
        "Kafka bus, so this process would talk to nobody. `flux up` runs every role in one process "
        "on the embedded bus.\n",
        role
    );
    return kExitBadUsage;
}

}  // namespace flux::app
