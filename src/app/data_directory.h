// The directory one process keeps its state in.
#pragma once

#include "base/result.h"
#include "sqlite/file_lock.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace flux::app {

/// Where the process that owns a data directory can be reached.
struct Running {
    std::string admin_host;  ///< as a URL writes it: "127.0.0.1", "[::1]"
    std::uint16_t admin_port = 0;
};

/// A data directory, made with mode 0700 if it was missing, and locked while this lives. Movable.
/// Thread: main; blocks.
class DataDirectory {
public:
    /// What an earlier owner announced is forgotten: it is gone. Errors: kConflict naming the pid
    /// that holds it; kPermission.
    static Result<DataDirectory> Open(const std::filesystem::path& path);

    const std::filesystem::path& path() const { return path_; }

    /// Replaces the file `name` with `text`, readable by the owner alone. Errors: kPermission.
    Result<void> WritePrivate(std::string_view name, std::string_view text) const;
    void Remove(std::string_view name) const;

    /// Says where this process is reached, for `flux produce`; Forget takes it back.
    Result<void> Announce(const Running& running) const;
    void Forget() const;

    /// Who announced itself in the directory, without opening it. Errors: kNotFound when nobody
    /// did; kUnavailable when who did is gone (kill -9), so that somebody else may listen there.
    static Result<Running> FindRunning(const std::filesystem::path& path);

    /// The pid of the process that holds the directory now, or "" when it is not known; nothing
    /// when nobody does. Makes nothing.
    static std::optional<std::string> HolderOf(const std::filesystem::path& path);

private:
    DataDirectory(std::filesystem::path path, sqlite::FileLock lock)
        : path_(std::move(path)),
          lock_(std::move(lock)) {}

    std::filesystem::path path_;
    sqlite::FileLock lock_;
};

/// The file of the generated admin token, inside a data directory.
inline constexpr std::string_view kAdminTokenFile = "admin.token";

}  // namespace flux::app
