#include "app/admin_client.h"
#include "app/commands.h"
#include "app/data_directory.h"
#include "app/record_file.h"
#include "config/secret_file.h"

#include <fmt/core.h>

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
    const Running configured{settings.admin.address, settings.admin.port};
    if (chosen && settings.admin.port != 0) return configured;
    Result<Running> found = DataDirectory::FindRunning(settings.data_dir);
    if (!found && found.error().code == ErrorCode::kNotFound && settings.admin.port != 0) {
        return configured;  // perhaps one that keeps its data elsewhere
    }
    return found;
}

Result<std::string> Produce(const ProduceArguments& arguments, Configuration& configuration) {
    const Result<std::string> payload = ReadRecordFile(arguments.file);
    if (!payload) return payload.error();
    const Result<config::Secret> token = Token(configuration.settings);
    if (!token) return token.error();
    const Result<Running> running = Where(configuration);
    if (!running) return running.error();
    const AdminClient client(running->admin_host, running->admin_port, arguments.timeout);
    const AdminRecord record{arguments.topic, arguments.key, *payload};
    return client.Publish(record, *token);
}

}  // namespace

int RunProduce(const ProduceArguments& arguments) {
    const std::unique_ptr<Configuration> configuration = Configuration::Load(arguments.config);
    if (!configuration) return kExitBadUsage;
    const Result<std::string> stored = Produce(arguments, *configuration);
    if (!stored && stored.error().code == ErrorCode::kUnknown) {
        fmt::print(
            stderr,
            "flux: it is not known whether the record was stored: {}\n",
            stored.error().context
        );
        return kExitUnknown;
    }
    if (!stored) {
        fmt::print(stderr, "flux: nothing was published: {}\n", stored.error().context);
        return kExitFailed;
    }
    fmt::print("{}\n", *stored);
    return kExitOk;
}

}  // namespace flux::app
