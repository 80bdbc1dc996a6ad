#include "app/admin_client.h"
#include "app/commands.h"
#include "app/record_file.h"
#include "app/running_flux.h"

#include <fmt/core.h>

namespace flux::app {
namespace {

Result<std::string> Produce(const ProduceArguments& arguments, Configuration& configuration) {
    const Result<std::string> payload = ReadRecordFile(arguments.file);
    if (!payload) return payload.error();
    const Result<RunningFlux> running = FindRunningFlux(configuration);
    if (!running) return running.error();
    const AdminClient client(running->host, running->port, arguments.timeout);
    const AdminRecord record{arguments.topic, arguments.key, *payload};
    return client.Publish(record, running->token);
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
