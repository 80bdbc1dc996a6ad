#include "app/serve.h"

#include "app/application.h"
#include "app/commands.h"
#include "base/log.h"
#include "runtime/stop_signals.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fmt/core.h>
#include <string>
#include <vector>

namespace flux::app {
namespace {

std::string_view NameOf(int signal) {
    switch (signal) {
        case SIGINT:
            return "SIGINT";
        case SIGHUP:
            return "SIGHUP";
        default:
            return "SIGTERM";
    }
}

/// A line for people. Whoever reads it may be gone, which must not hinder the run.
void Say(std::FILE* stream, const std::string& line) {
    std::fputs(line.c_str(), stream);
    std::fflush(stream);
}

void StopAsAsked(Application& application, StopSignals& signals, Milliseconds time_max) {
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
        StopAsAsked(application, signals, time_max);
        return kExitOk;
    }
    signals.BeginStop();
    application.Stop();
    log::Stop();
    Say(stderr, fmt::format("flux: {}\n", error.context));
    return kExitFailed;
}

/// "weather, stock and news are simulated; ", or nothing.
std::string SimulatedNote(const std::vector<Domain>& domains) {
    std::string names;
    for (std::size_t i = 0; i < domains.size(); ++i) {
        if (i > 0) names += i + 1 == domains.size() ? " and " : ", ";
        names += NameOf(domains[i]);
    }
    if (domains.empty()) return names;
    return fmt::format("{} {} simulated; ", names, domains.size() == 1 ? "is" : "are");
}

/// What a person wants to know first.
std::string Headline(const Application& application) {
    std::string notes;
    if (!application.role().gateway)
        notes += fmt::format("the {} service; its state is at /readyz; ", application.role().name);
    if (application.on_kafka()) notes += "on Kafka; ";
    if (application.on_valkey()) notes += "cached in Valkey; ";
    notes += SimulatedNote(application.simulated());
    return fmt::format("Flux is running: {}  ({}Ctrl-C ends it)\n", application.url(), notes);
}

int Run(Configuration& configuration, const Role& role, StopSignals& signals) {
    for (const std::string& warning : configuration.warnings)
        log::Warn("config.warning", warning);
    const log::Options log_options = configuration.settings.log;
    const Milliseconds stop_time_max = configuration.settings.shutdown.timeout;
    Application application(std::move(configuration.settings), role);
    // Before the start, so that no hang-up is ever taken for a stop.
    std::atomic<bool> reload_wanted{false};
    const bool reloads = application.has_certificates();
    if (reloads) signals.OnHangUp([&reload_wanted] { reload_wanted = true; });
    const Result<void> started = application.Start([&signals] { return signals.requested(); });
    if (!started) {
        signals.OnHangUp({});
        return GiveUp(application, signals, stop_time_max, started.error());
    }
    log::Info("process.ready", "ready", {{"url", application.url()}});
    // The line for people comes last: what the log still holds goes out before it.
    log::Stop();
    Say(stdout, Headline(application));
    log::Start(log_options);
    if (reloads) signals.OnHangUp([&application] { application.ReloadCertificates(); });
    if (reload_wanted) application.ReloadCertificates();
    signals.Wait();
    signals.OnHangUp({});
    StopAsAsked(application, signals, stop_time_max);
    return kExitOk;
}

}  // namespace

int Serve(Configuration& configuration, const Role& role) {
    // Before the log's thread, and every other.
    StopSignals signals({configuration.settings.shutdown.timeout, "shutdown.timeout"});
    log::Start(configuration.settings.log);
    const int exit_code = Run(configuration, role, signals);
    log::Stop();
    return exit_code;
}

}  // namespace flux::app
