#include "sqlite/file_lock.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace flux::sqlite {
namespace {

std::string OwnerOf(int descriptor) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(descriptor, text.data(), text.size() - 1, 0);
    if (size <= 0) return "another process";
    std::string pid(text.data(), static_cast<std::size_t>(size));
    while (!pid.empty() && pid.back() == '\n')
        pid.pop_back();
    return "process " + pid;
}

}  // namespace

Result<FileLock> FileLock::Acquire(const std::filesystem::path& file) {
    // A file of its own: closing any descriptor of the database itself would drop SQLite's locks.
    const std::string path = file.string() + ".lock";
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return Error(
            ErrorCode::kPermission,
            Retry::kNever,
            fmt::format(
                "could not open the lock {}: {}; check that its directory exists and may be "
                "written by this user",
                path,
                std::strerror(errno)
            )
        );
    }
    FileLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        return Error(
            ErrorCode::kConflict,
            Retry::kLater,
            fmt::format(
                "could not open {}: {} is using it; stop that one, or use another data directory",
                file.string(),
                OwnerOf(descriptor)
            )
        );
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(descriptor, 0) != 0 ||
        ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        // The pid is for people only; the lock holds without it (a full disk, for instance).
    }
    return lock;
}

FileLock::FileLock(FileLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace flux::sqlite
