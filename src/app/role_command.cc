#include "app/commands.h"
#include "app/serve.h"

#include <fmt/core.h>
#include <string>

namespace flux::app {
namespace {

/// Roles on one machine must not meet in a directory or on a port that nobody chose.
void SetApart(Configuration& configuration, const Role& role) {
    Settings& settings = configuration.settings;
    if (configuration.IsDefault("admin.port")) settings.admin.port = role.admin_port;
    if (configuration.IsDefault("data_dir")) settings.data_dir += "/" + std::string(role.name);
    // Alone, a service is there for real data; the simulator must be asked for.
    for (const Domain domain : kDomains) {
        Source& source = settings.domains.source[domain];
        if (source == Source::kAuto) source = Source::kLive;
    }
}

}  // namespace

int RunRole(const Role& role, const ConfigArguments& arguments) {
    const std::unique_ptr<Configuration> configuration = Configuration::Load(arguments);
    if (!configuration) return kExitBadUsage;
    if (configuration->settings.kafka.brokers.empty()) {
        fmt::print(
            stderr,
            "flux: `flux {}` was not started: roles of their own meet on Kafka, and kafka.brokers "
            "names none, so this process would talk to nobody. Say where it is "
            "(--kafka HOST:PORT), or let `flux up` run every role in one process on the embedded "
            "bus.\n",
            role.name
        );
        return kExitBadUsage;
    }
    SetApart(*configuration, role);
    return Serve(*configuration, role);
}

}  // namespace flux::app
