#include "app/doctor/data_check.h"

#include "app/data_directory.h"
#include "base/units.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <string_view>
#include <sys/statfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace flux::app::doctor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFreeWanted = 1 * GiB;
constexpr std::size_t kFreeNeeded = 64 * MiB;

/// Numbers of statfs(2).
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 10> kFileSystems{
    {{0xEF53, "ext4"},
     {0x58465342, "xfs"},
     {0x9123683E, "btrfs"},
     {0x2FC12FC1, "zfs"},
     {0x01021994, "tmpfs"},
     {0x794C7630, "overlay"},
     {0x6969, "nfs"},
     {0xFF534D42, "cifs"},
     {0xFE534D42, "cifs"},
     {0x65735546, "fuse"}}};

std::string NameOf(const struct statfs& told) {
    const auto number = static_cast<std::uint32_t>(told.f_type);
    const auto is = [number](const auto& known) { return known.first == number; };
    const auto* const found = std::find_if(kFileSystems.begin(), kFileSystems.end(), is);
    return found == kFileSystems.end() ? "" : std::string(found->second);
}

/// The directory itself, or the nearest one above it that is there.
fs::path NearestThatExists(fs::path path) {
    std::error_code error;
    path = fs::absolute(path, error);
    while (!fs::exists(path, error) && path.has_parent_path() && path != path.parent_path())
        path = path.parent_path();
    return path;
}

DataFacts LookAtData(const Settings& settings) {
    DataFacts facts;
    facts.path = settings.data_dir;
    facts.keeps_records = settings.kafka.brokers.empty();
    std::error_code error;
    facts.exists = fs::exists(facts.path, error);
    const fs::path nearest = NearestThatExists(facts.path);
    if (!fs::is_directory(nearest, error)) {
        facts.refusal = fmt::format("{} is a file", nearest.string());
    } else if (::access(nearest.c_str(), R_OK | W_OK | X_OK) != 0) {
        facts.refusal = fmt::format("{}: {}", nearest.string(), std::strerror(errno));
    }
    struct statfs told {};
    if (::statfs(nearest.c_str(), &told) == 0) {
        facts.file_system = NameOf(told);
        facts.free =
            static_cast<std::size_t>(told.f_bavail) * static_cast<std::size_t>(told.f_bsize);
    }
    facts.holder = DataDirectory::HolderOf(facts.path);
    return facts;
}

Finding JudgeRoom(const DataFacts& facts) {
    const std::string check = "data directory";
    const std::string text = fmt::format(
        "{} can be written{}, {} MiB free{}{}",
        facts.path,
        facts.exists ? "" : " (it is made at the first start)",
        facts.free / MiB,
        facts.file_system.empty() ? "" : " on " + facts.file_system,
        facts.holder ? fmt::format(
                           "; process {} uses it now, and another Flux needs its own (--data_dir)",
                           facts.holder->empty() ? "(unknown)" : *facts.holder
                       )
                     : ""
    );
    if (!facts.keeps_records) return Ok(check, text);
    if (facts.free < kFreeNeeded) {
        return Wrong(
            check,
            text + ": too little for durable topics",
            "free some space, or name another disk with --data_dir"
        );
    }
    if (facts.file_system == "nfs" || facts.file_system == "cifs") {
        return Warning(
            check,
            text + ": locks and syncs over a network cannot be relied on",
            "name a directory on a disk of this machine with --data_dir"
        );
    }
    if (facts.file_system == "tmpfs") {
        return Warning(
            check,
            text + ": that is memory, and durable topics are gone with the next boot",
            "name a directory on a disk with --data_dir"
        );
    }
    if (facts.free < kFreeWanted) {
        return Warning(
            check,
            text + ": it may soon be full",
            "free some space, or name another disk with --data_dir"
        );
    }
    return Ok(check, text);
}

}  // namespace

Finding JudgeData(const DataFacts& facts) {
    if (facts.refusal.empty()) return JudgeRoom(facts);
    return Wrong(
        "data directory",
        fmt::format("{} cannot be written ({})", facts.path, facts.refusal),
        "let the user that runs Flux write there, or name another directory with --data_dir"
    );
}

Findings CheckData(const Examination& examination) {
    return {JudgeData(LookAtData(examination.settings()))};
}

}  // namespace flux::app::doctor
