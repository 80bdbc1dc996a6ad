#include "app/running_flux.h"

#include "app/data_directory.h"
#include "app/role.h"
#include "config/secret_file.h"

#include <filesystem>
#include <fmt/core.h>
#include <utility>

namespace flux::app {
namespace {

Error Bad(std::string sentence) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(sentence));
}

/// The data directory of the process that is meant: the configured one, or, when nobody chose it
/// and nobody runs on it, that of a role that runs by itself (see role_command.cc).
std::string DirectoryOf(Configuration& configuration) {
    const std::filesystem::path root = configuration.settings.data_dir;
    if (!configuration.IsDefault("data_dir")) return root.string();
    if (DataDirectory::HolderOf(root)) return root.string();
    for (const Role& role : kRolesAlone) {
        const std::filesystem::path one = root / role.name;
        if (DataDirectory::HolderOf(one)) return one.string();
    }
    return root.string();
}

/// The configured token, or the one the running process generated.
Result<config::Secret> Token(const Settings& settings, const std::string& directory) {
    if (!settings.admin.token.empty()) return settings.admin.token;
    const std::string path = (std::filesystem::path(directory) / kAdminTokenFile).string();
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
Result<Running> Where(Configuration& configuration, const std::string& directory) {
    const Settings& settings = configuration.settings;
    const bool chosen =
        !configuration.IsDefault("admin.address") || !configuration.IsDefault("admin.port");
    Running configured{settings.admin.address, settings.admin.port};
    if (chosen && settings.admin.port != 0) return configured;
    Result<Running> found = DataDirectory::FindRunning(directory);
    // Perhaps one that keeps its data elsewhere; without a token nobody could talk to it.
    const bool elsewhere = !found && found.error().code == ErrorCode::kNotFound &&
                           !settings.admin.token.empty() && settings.admin.port != 0;
    if (elsewhere) return configured;
    return found;
}

}  // namespace

Result<RunningFlux> FindRunningFlux(Configuration& configuration) {
    const std::string directory = DirectoryOf(configuration);
    Result<Running> where = Where(configuration, directory);
    if (!where) return where.error();
    Result<config::Secret> token = Token(configuration.settings, directory);
    if (!token) return token.error();
    RunningFlux running;
    running.host = std::move(where->admin_host);
    running.port = where->admin_port;
    running.token = std::move(*token);
    return running;
}

}  // namespace flux::app
