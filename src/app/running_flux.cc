#include "app/running_flux.h"

#include "app/data_directory.h"
#include "config/secret_file.h"

#include <filesystem>
#include <fmt/core.h>
#include <utility>

namespace flux::app {
namespace {

Error Bad(std::string sentence) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(sentence));
}

/// The configured token, or the one the running process generated.
Result<config::Secret> Token(const Settings& settings) {
    if (!settings.admin.token.empty()) return settings.admin.token;
    const std::string path = (std::filesystem::path(settings.data_dir) / kAdminTokenFile).string();
    Result<config::SecretFile> file = config::ReadSecretFile(path);
    if (!file) {
        return Bad(fmt::format(
            "there is no admin token: {}; start Flux with `flux up`, and give the same --data_dir "
            "(or --admin.token_file) here",
            file.error().context
        ));
    }
    return config::Secret(std::move(file->text));
}

/// What was asked for explicitly; else the running process knows best where it listens, since the
/// port may have been any free one.
Result<Running> Where(Configuration& configuration) {
    const Settings& settings = configuration.settings;
    const bool chosen =
        !configuration.IsDefault("admin.address") || !configuration.IsDefault("admin.port");
    Running configured{settings.admin.address, settings.admin.port};
    if (chosen && settings.admin.port != 0) return configured;
    Result<Running> found = DataDirectory::FindRunning(settings.data_dir);
    if (!found && found.error().code == ErrorCode::kNotFound && settings.admin.port != 0) {
        return configured;  // perhaps one that keeps its data elsewhere
    }
    return found;
}

}  // namespace

Result<RunningFlux> FindRunningFlux(Configuration& configuration) {
    Result<config::Secret> token = Token(configuration.settings);
    if (!token) return token.error();
    Result<Running> where = Where(configuration);
    if (!where) return where.error();
    RunningFlux running;
    running.host = std::move(where->admin_host);
    running.port = where->admin_port;
    running.token = std::move(*token);
    return running;
}

}  // namespace flux::app
