#include "app/application.h"
#include "app/commands.h"
#include "base/log.h"
#include "runtime/stop_signals.h"

#include <cstdio>
#include <fmt/core.h>

namespace flux::app {
namespace {

std::string_view NameOf(int signal) {
    return signal == 2 ? "SIGINT" : "SIGTERM";
}

void StopWithin(Application& application, StopSignals& signals, Milliseconds time_max) {
    signals.LimitStop(time_max, "shutdown.timeout");
    log::Info(
        "shutdown.begin",
        "stopping; a second signal ends at once",
        {{"signal", NameOf(signals.Wait())}, {"timeout_ms", time_max.count()}}
    );
    application.Stop();
    log::Info("shutdown.done", "stopped");
}

/// Nothing of a start that failed may keep the process: neither its clean-up nor its waits.
int GiveUp(
    Application& application, StopSignals& signals, Milliseconds time_max, const Error& error
) {
    if (signals.requested()) {
        StopWithin(application, signals, time_max);
        return kExitOk;
    }
    signals.LimitStop(time_max, "shutdown.timeout");
    application.Stop();
    log::Stop();
    fmt::print(stderr, "flux: {}\n", error.context);
    return kExitFailed;
}

int Run(Configuration& configuration, StopSignals& signals) {
    for (const std::string& warning : configuration.warnings)
        log::Warn("config.warning", warning);
    const log::Options log_options = configuration.settings.log;
    const Milliseconds stop_time_max = configuration.settings.shutdown.timeout;
    Application application(std::move(configuration.settings));
    const Result<void> started = application.Start([&signals] { return signals.requested(); });
    if (!started) return GiveUp(application, signals, stop_time_max, started.error());
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
    signals.Wait();
    StopWithin(application, signals, stop_time_max);
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
