// Writes the durable log: one transaction and one fsync for everything that is waiting.
#pragma once

#include "base/clock.h"
#include "bus/log_file.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flux::bus {

/// What one transaction stores.
struct CommitBatch {
    struct Append {
        PartitionId partition;
        Message record;  ///< its offset is assigned by the commit
    };
    std::vector<Append> appends;
    std::vector<StoredPosition> moves;  ///< later ones win over earlier ones of the same place
};

struct CommitOutcome {
    std::chrono::nanoseconds sync_time{};  ///< spent in COMMIT, nearly all of it in fsync
    std::vector<std::pair<PartitionId, Offset>> trimmed;  ///< partitions with a new oldest record
};

/// The one writer of a log file. Assigns offsets, keeps the retention, never deletes what a shared
/// group has not handled. Thread: one at a time, a lane.
class LogWriter {
public:
    /// Takes over the connection of `opened`; `contents` stays with the caller.
    static Result<std::unique_ptr<LogWriter>> Create(
        sqlite::Connection connection, const LogContents& contents, const Clock& clock
    );

    /// Makes the topic, or returns the one that exists (whatever its options).
    Result<StoredTopic> CreateTopic(const TopicName& name, const TopicOptions& options);

    /// Stores all of it or nothing, and returns when it is on disk. On failure the offsets in
    /// `batch` mean nothing. kUnavailable: nothing is stored (the disk is full, for instance).
    /// kUnknown: it may be found after a crash.
    Result<CommitOutcome> Commit(CommitBatch& batch);

    /// Forgets where `group` stands in a topic's partitions, so that it holds nothing back.
    Result<void> ForgetGroup(const std::string& group, const std::vector<PartitionId>& partitions);

    std::int64_t wal_pages() const { return connection_.wal_pages(); }
    Result<sqlite::CheckpointOutcome> Checkpoint();

private:
    struct State {
        std::int64_t oldest = 0;
        std::int64_t next = 0;
        std::int64_t bytes = 0;
        std::int64_t retention_bytes = 0;
        std::int64_t retention_ms = 0;
    };
    using States = std::map<PartitionId, State>;
    struct Statements {
        sqlite::Statement insert;
        sqlite::Statement move;
        sqlite::Statement scan;
        sqlite::Statement remove;
        sqlite::Statement save;
    };

    LogWriter(
        sqlite::Connection connection,
        Statements statements,
        const LogContents& contents,
        const Clock& clock
    );
    static Result<Statements> PrepareAll(sqlite::Connection& connection);

    void Adopt(const StoredTopic& topic);
    State& Stage(States& staged, PartitionId partition) const;
    Result<void> Insert(States& staged, CommitBatch::Append& append);
    Result<void> Move(const StoredPosition& position);
    Result<void> TrimAll(States& staged);
    Result<void> Trim(PartitionId partition, State& state);
    Result<void> Save(const States& staged);
    std::int64_t HeldFrom(PartitionId partition, const State& state) const;
    CommitOutcome Accept(const States& staged, const CommitBatch& batch);

    sqlite::Connection connection_;
    const Clock& clock_;
    States partitions_;
    std::map<PartitionId, std::map<std::string, std::int64_t>> positions_;
    SteadyTime
        next_sweep_;  // when all partitions are looked at for old records, not only busy ones

    Statements statements_;  // after the connection they belong to
};

}  // namespace flux::bus
