#include "app/doctor/running_check.h"

#include "app/admin_client.h"
#include "app/data_directory.h"
#include "app/doctor/holders.h"

#include <fmt/format.h>

namespace flux::app::doctor {
namespace {

constexpr Milliseconds kAnswerTime{2'000};

Finding CheckOne(const Holder& holder) {
    const std::string check = "running Flux";
    const std::string who = fmt::format(
        "process {} on {}", holder.pid.empty() ? "(unknown)" : holder.pid, holder.directory
    );
    const Result<Running> running = DataDirectory::FindRunning(holder.directory);
    if (!running) {
        return Warning(
            check,
            who + " has not come up yet, or is on its way out",
            "look at its log, and again in a moment"
        );
    }
    const AdminClient client(running->admin_host, running->admin_port, kAnswerTime);
    const Result<std::string> ready = client.Get("/readyz", {});
    if (ready) return Ok(check, who + " is ready");
    return Wrong(
        check,
        fmt::format("{} is not ready: {}", who, ready.error().context),
        "what is not ok there says where to look; its log tells more"
    );
}

}  // namespace

Findings CheckRunning(const Examination& examination) {
    Findings findings;
    for (const Holder& holder : FindHolders(examination.settings()))
        findings.push_back(CheckOne(holder));
    if (findings.empty()) {
        findings.push_back(
            Ok("running Flux",
               fmt::format("none on {}; flux up starts one", examination.settings().data_dir))
        );
    }
    return findings;
}

}  // namespace flux::app::doctor
