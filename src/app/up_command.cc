#include "app/application.h"
#include "app/commands.h"
#include "app/stop_signals.h"
#include "base/log.h"

#include <cstdio>
#include <fmt/core.h>

namespace flux::app {
namespace {

std::string_view NameOf(int signal) {
    return signal == 2 ? "SIGINT" : "SIGTERM";
}

void StopWithin(Application& application, int signal, Milliseconds time_max) {
    log::Info(
        "shutdown.begin",
        "stopping; a second signal ends at once",
        {{"signal", NameOf(signal)}, {"timeout_ms", time_max.count()}}
    );
    StopSignals::EndAtOnceFromNowOn(time_max);
    application.Stop();
    log::Info("shutdown.done", "stopped");
}

int Run(Configuration& configuration, StopSignals& signals) {
    for (const std::string& warning : configuration.warnings)
        log::Warn("config.warning", warning);
    const log::Options log_options = configuration.settings.log;
    const Milliseconds stop_time_max = configuration.settings.shutdown.timeout;
    Application application(std::move(configuration.settings));
    if (const Result<void> started = application.Start(); !started) {
        application.Stop();
        log::Stop();
        fmt::print(stderr, "flux: {}\n", started.error().context);
        return kExitFailed;
    }
    log::Info("process.ready", "ready", {{"url", application.url()}});
    // The line for people comes last: what the log still holds goes out before it.
    log::Stop();
    fmt::print(
        "Flux is running: {}  ({}Ctrl-C ends it)\n",
        application.url(),
        application.simulated() ? "prices are simulated; " : ""
    );
    std::fflush(stdout);
    log::Start(log_options);
    StopWithin(application, signals.Wait(), stop_time_max);
    return kExitOk;
}

}  // namespace

int RunUp(const ConfigArguments& arguments) {
    const std::unique_ptr<Configuration> configuration = Configuration::Load(arguments);
    if (!configuration) return kExitBadUsage;
    StopSignals signals;  // before the log's thread, and every other
    log::Start(configuration->settings.log);
    const int exit_code = Run(*configuration, signals);
    log::Stop();
    return exit_code;
}

}  // namespace flux::app
