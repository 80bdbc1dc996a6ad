// Reads old records of the durable log back from its file.
#pragma once

#include "bus/log_file.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace flux::bus {

/// A run of records to read: from `from` on, in order, until one of the bounds (at least one).
struct LogRange {
    PartitionId id;
    TopicName topic;
    Partition partition;
    Offset from;
    std::size_t records_max = 0;
    std::size_t bytes_max = 0;
};

/// A second connection to the log file, so that neither reading nor checkpoints hold a commit up.
/// Thread: one at a time, a lane of its own.
class LogReader {
public:
    /// The file must be open in a LogWriter already.
    static Result<std::unique_ptr<LogReader>> Open(
        const std::filesystem::path& file, const std::string& vfs
    );

    /// Starts at the oldest kept record when `from` is gone. Nothing at the end. Errors: kCorrupt,
    /// kUnavailable.
    Result<std::vector<Message>> Read(const LogRange& range);

    /// Copies the write-ahead log into the database file, as far as nobody is in the way.
    Result<sqlite::CheckpointOutcome> Checkpoint();

private:
    LogReader(sqlite::Connection connection, sqlite::Statement select);

    sqlite::Connection connection_;
    sqlite::Statement select_;
};

}  // namespace flux::bus
