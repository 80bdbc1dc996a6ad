#include "app/doctor/machine_check.h"

#include "app/descriptor_limit.h"
#include "base/units.h"

#include <algorithm>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

namespace flux::app::doctor {
namespace {

std::string Mebibytes(std::size_t bytes) {
    return fmt::format("{} MiB", bytes / MiB);
}

std::size_t Cores() {
    cpu_set_t cores;
    if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    return static_cast<std::size_t>(CPU_COUNT(&cores));
}

/// "MemTotal:   8052292 kB" of /proc/meminfo, in bytes.
std::size_t MemInfo(std::string_view name) {
    std::ifstream file("/proc/meminfo");
    std::string word;
    std::size_t kibibytes = 0;
    while (file >> word) {
        if (word == name && file >> kibibytes) return kibibytes * KiB;
    }
    return 0;
}

/// What a container may have of it; 0: all.
std::size_t MemoryOfContainer() {
    std::ifstream file("/sys/fs/cgroup/memory.max");
    std::size_t bytes = 0;
    return file >> bytes ? bytes : 0;
}

MemoryFacts LookAtMemory(const Settings& settings) {
    MemoryFacts memory;
    memory.total = MemInfo("MemTotal:");
    memory.free = MemInfo("MemAvailable:");
    const std::size_t container = MemoryOfContainer();
    if (container > 0 && container < memory.total) memory.total = container;
    memory.free = std::min(memory.free, memory.total);
    memory.flux_may_take =
        settings.socketio.outbound_bytes_max + settings.gateway.snapshot_bytes_max;
    if (!settings.kafka.brokers.empty()) memory.flux_may_take += settings.kafka.queue_bytes_max;
    return memory;
}

Finding CheckClock(const Clock& clock) {
    timex state{};
    const bool kept = ::adjtimex(&state) != TIME_ERROR;
    const std::time_t now = clock.WallNow() / 1000;
    return Ok(
        "clock",
        fmt::format(
            "{:%Y-%m-%d %H:%M:%S} UTC, {}",
            fmt::gmtime(now),
            kept ? "kept right by a time service"
                 : "and no time service is known to keep it right (timedatectl says more)"
        )
    );
}

std::size_t OpenFilesMax() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    return limit.rlim_max;
}

}  // namespace

Finding JudgeMemory(const MemoryFacts& memory) {
    const std::string text = fmt::format(
        "{}, of which {} are free; queues and snapshots may take {}",
        Mebibytes(memory.total),
        Mebibytes(memory.free),
        Mebibytes(memory.flux_may_take)
    );
    if (memory.flux_may_take <= memory.free) return Ok("memory", text);
    return Warning(
        "memory",
        text,
        "lower socketio.outbound_bytes_max, gateway.snapshot_bytes_max or kafka.queue_bytes_max, "
        "or "
        "free some memory"
    );
}

Finding JudgeOpenFiles(std::size_t hard, std::size_t wanted, std::size_t shards) {
    const std::size_t fits = ConnectionsThatFit(hard, shards);
    const std::size_t needed = hard - fits + wanted;
    if (fits >= wanted) {
        return Ok(
            "open files",
            fmt::format("{} may be open, enough for {} connections at once", hard, wanted)
        );
    }
    const std::string text = fmt::format(
        "only {} may be open, enough for {} connections; http.connections_max lets {} in, and "
        "those beyond are refused",
        hard,
        fits,
        wanted
    );
    const std::string remedy = fmt::format(
        "ulimit -Hn {0} as root in the shell that starts Flux, or LimitNOFILE={0} in its systemd "
        "unit, or --http.connections_max={1}",
        needed,
        std::max<std::size_t>(fits, 1)
    );
    if (fits == 0) return Wrong("open files", text, remedy);
    return Warning("open files", text, remedy);
}

Findings CheckMachine(const Examination& examination) {
    const Settings& settings = examination.settings();
    const std::size_t shards = ShardCount(settings);
    Findings findings;
    findings.push_back(
        Ok("cores",
           fmt::format(
               "{}, on which Flux runs {} event loop{}", Cores(), shards, shards == 1 ? "" : "s"
           ))
    );
    findings.push_back(JudgeMemory(LookAtMemory(settings)));
    findings.push_back(JudgeOpenFiles(OpenFilesMax(), settings.http.connections_max, shards));
    findings.push_back(CheckClock(examination.clock));
    return findings;
}

}  // namespace flux::app::doctor
