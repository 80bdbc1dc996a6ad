#include "app/commands.h"
#include "config/explain.h"

#include <fmt/core.h>

namespace flux::app {

int RunConfig(const ConfigArguments& arguments, ConfigView view) {
    if (view == ConfigView::kExplainDefaults) {
        const Configuration defaults;
        fmt::print("{}", config::ExplainDefaults(defaults.registry));
        return kExitOk;
    }
    const std::unique_ptr<Configuration> configuration = Configuration::Load(arguments);
    if (!configuration) return kExitBadUsage;
    fmt::print(
        "{}",
        view == ConfigView::kExplain ? config::ExplainCurrent(configuration->registry)
                                     : config::EffectiveToml(configuration->registry)
    );
    for (const std::string& warning : configuration->warnings)
        fmt::print(stderr, "flux: warning: {}\n", warning);
    return kExitOk;
}

}  // namespace flux::app
