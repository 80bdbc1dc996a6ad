#include "app/commands.h"

#include <fmt/core.h>

namespace flux::app {

int RunVersion() {
    fmt::print("flux {} ({})\n", FLUX_VERSION, __VERSION__);
    return kExitOk;
}

}  // namespace flux::app
