#include "app/commands.h"
#include "app/doctor/data_check.h"
#include "app/doctor/kafka_check.h"
#include "app/doctor/machine_check.h"
#include "app/doctor/ports_check.h"
#include "app/doctor/report.h"
#include "app/doctor/running_check.h"
#include "app/doctor/settings_check.h"
#include "app/doctor/sources_check.h"
#include "app/doctor/valkey_check.h"
#include "base/log.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <fmt/core.h>
#include <unistd.h>

namespace flux::app {
namespace {

using doctor::Finding;
using doctor::Findings;

/// In this order: what stands first is what later checks build on.
constexpr std::array<doctor::Check, 8> kChecks{
    &doctor::CheckSettings,
    &doctor::CheckSources,
    &doctor::CheckMachine,
    &doctor::CheckData,
    &doctor::CheckPorts,
    &doctor::CheckRunning,
    &doctor::CheckKafka,
    &doctor::CheckValkey};

/// Shows findings as they come, unless they are for a machine.
class Reporter {
public:
    explicit Reporter(bool json)
        : json_(json),
          colours_(::isatty(STDOUT_FILENO) != 0) {}

    void Take(Findings found) {
        for (Finding& finding : found) {
            if (!json_) fmt::print("{}", ToText(finding, colours_));
            findings_.push_back(std::move(finding));
        }
        std::fflush(stdout);
    }

    int Conclude() const {
        fmt::print("{}", json_ ? ToJson(findings_) : Summary(findings_));
        return AnythingWrong(findings_) ? kExitFailed : kExitOk;
    }

private:
    const bool json_;
    const bool colours_;
    Findings findings_;
};

int Examine(const DoctorArguments& arguments) {
    Reporter reporter(arguments.json);
    config::Problems problems;
    const auto configuration = Configuration::Read(arguments.config, problems);
    if (!problems.empty()) {
        Findings found;
        for (const std::string& problem : problems.lines())
            found.push_back(doctor::Wrong(
                "settings", problem, "correct it; flux config --explain lists every setting"
            ));
        reporter.Take(std::move(found));
        return reporter.Conclude();
    }
    const doctor::Examination examination{*configuration, SystemClock::Instance()};
    for (const doctor::Check check : kChecks)
        reporter.Take(check(examination));
    return reporter.Conclude();
}

}  // namespace

int RunDoctor(const DoctorArguments& arguments) {
    std::signal(SIGPIPE, SIG_IGN);  // a server that hangs up in the middle of TLS
    // What librdkafka has to say is among the findings, in words.
    log::Options quiet;
    quiet.level = log::Level::kError;
    log::Start(quiet);
    const int exit_code = Examine(arguments);
    log::Stop();
    return exit_code;
}

}  // namespace flux::app
