// One connection to one SQLite file, in the one way Flux uses SQLite: write-ahead log, checkpoints
// when the owner says so.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "sqlite/statement.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace flux::sqlite {

enum class Access : std::uint8_t {
    kReadWrite,  ///< creates the file when it is missing
    kReadOnly
};

/// What a commit waits for.
enum class Durability : std::uint8_t {
    kFull,   ///< an fsync of the write-ahead log: a commit that returned survives a power cut
    kNormal  ///< nothing: a power cut may undo the newest commits, never tear one
};

struct ConnectionOptions {
    Access access = Access::kReadWrite;
    Durability durability = Durability::kFull;
    Milliseconds busy_timeout{5'000};  ///< waited for another connection's lock
    std::string vfs;                   ///< a registered SQLite file system; empty: the default
};

enum class CheckpointMode : std::uint8_t {
    kPassive,  ///< copies what it can without waiting for anybody
    kTruncate  ///< waits for readers, then empties the log file; blocks writers meanwhile
};

/// What a checkpoint left behind, in pages of the write-ahead log.
struct CheckpointOutcome {
    std::int64_t pages = 0;   ///< in the log
    std::int64_t copied = 0;  ///< of these, already in the database file
};

/// Owns a connection. Movable. Statements and transactions must not outlive it. SQLite's automatic
/// checkpoint is off: the owner calls Checkpoint, best on a connection and thread of its own, so
/// that no commit waits for it. Thread: one at a time, usually a lane; it may be opened on one
/// thread and handed to another.
class Connection {
public:
    /// Opens (and with kReadWrite creates) `file`; its directory must exist.
    static Result<Connection> Open(
        const std::filesystem::path& file, const ConnectionOptions& options
    );

    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    /// Runs statements that take no parameters and whose rows are of no interest.
    Result<void> Execute(const std::string& sql);

    /// Compiles one statement, to be kept and run many times.
    Result<Statement> Prepare(std::string_view sql);

    /// Moves pages from the write-ahead log into the database file.
    Result<CheckpointOutcome> Checkpoint(CheckpointMode mode);

    /// Pages in the write-ahead log after this connection's newest commit; 0 before the first.
    std::int64_t wal_pages() const;

    const std::filesystem::path& file() const;

private:
    friend class Transaction;
    explicit Connection(std::unique_ptr<ConnectionHandle> handle);

    Result<void> Configure(const ConnectionOptions& options);

    std::unique_ptr<ConnectionHandle> handle_;
};

}  // namespace flux::sqlite
