#include "app/data_directory.h"

#include "config/quantity.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace flux::app {
namespace {

constexpr std::string_view kLockName = "flux";
constexpr std::string_view kRunningFile = "admin.address";

Error Refused(const std::filesystem::path& path, std::string_view what, int error) {
    return Error(
        ErrorCode::kPermission,
        Retry::kNever,
        fmt::format(
            "could not {} {}: {}; the setting data_dir chooses another directory",
            what,
            path.string(),
            std::strerror(error)
        )
    );
}

/// Whether a process holds the directory now. Asking takes the lock for a moment when it is free.
bool IsHeld(const std::filesystem::path& path) {
    const std::filesystem::path file = path / (std::string(kLockName) + ".lock");
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return errno == EACCES;  // another user's: nobody can tell
    const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(descriptor);
    return held;
}

/// As the holder of the lock wrote it.
std::string PidIn(const std::filesystem::path& path) {
    std::ifstream owner(path / (std::string(kLockName) + ".lock"));
    std::string pid;
    owner >> pid;
    return pid;
}

bool WriteAll(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

Result<DataDirectory> DataDirectory::Open(const std::filesystem::path& path) {
    std::error_code error;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        return Refused(path, "create the data directory", errno);
    }
    if (!std::filesystem::is_directory(path, error)) {
        return Refused(path, "use the data directory", ENOTDIR);
    }
    Result<sqlite::FileLock> lock = sqlite::FileLock::Acquire(path / kLockName);
    if (!lock && lock.error().code == ErrorCode::kConflict) {
        const std::string pid = PidIn(path);
        return Error(
            ErrorCode::kConflict,
            Retry::kLater,
            fmt::format(
                "the data directory {} is in use by process {}; stop that one, or choose another "
                "directory with --data_dir",
                path.string(),
                pid.empty() ? "(unknown)" : pid
            )
        );
    }
    if (!lock) return lock.error();
    DataDirectory opened(path, std::move(*lock));
    opened.Forget();
    return opened;
}

Result<void> DataDirectory::WritePrivate(std::string_view name, std::string_view text) const {
    const std::filesystem::path path = path_ / name;
    const std::filesystem::path fresh = path.string() + ".new";
    ::unlink(fresh.c_str());
    const int descriptor =
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return Refused(path, "write", errno);
    const bool written = WriteAll(descriptor, text);
    const int error = errno;
    ::close(descriptor);
    if (!written) return Refused(path, "write", error);
    if (::rename(fresh.c_str(), path.c_str()) != 0) return Refused(path, "write", errno);
    return {};
}

void DataDirectory::Remove(std::string_view name) const {
    ::unlink((path_ / name).c_str());
}

Result<void> DataDirectory::Announce(const Running& running) const {
    return WritePrivate(
        kRunningFile, fmt::format("{} {}\n", running.admin_host, running.admin_port)
    );
}

void DataDirectory::Forget() const {
    Remove(kRunningFile);
}

std::optional<std::string> DataDirectory::HolderOf(const std::filesystem::path& path) {
    if (!IsHeld(path)) return std::nullopt;
    return PidIn(path);
}

Result<Running> DataDirectory::FindRunning(const std::filesystem::path& path) {
    std::ifstream file(path / kRunningFile);
    Running running;
    std::string port;
    file >> running.admin_host >> port;
    const auto number = config::ParseInteger(port);
    const bool announced = number && *number >= 1 && *number <= 65'535;
    if (announced && IsHeld(path)) {
        running.admin_port = static_cast<std::uint16_t>(*number);
        return running;
    }
    return Error(
        announced ? ErrorCode::kUnavailable : ErrorCode::kNotFound,
        Retry::kLater,
        fmt::format(
            "no Flux runs on the data directory {}; start one with `flux up`, or say with "
            "--data_dir, or with --admin.address and --admin.port, which one is meant",
            path.string()
        )
    );
}

}  // namespace flux::app
