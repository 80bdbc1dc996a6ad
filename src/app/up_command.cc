#include "app/commands.h"
#include "app/serve.h"

namespace flux::app {

int RunUp(const ConfigArguments& arguments) {
    const std::unique_ptr<Configuration> configuration = Configuration::Load(arguments);
    if (!configuration) return kExitBadUsage;
    return Serve(*configuration, kEverything);
}

}  // namespace flux::app
