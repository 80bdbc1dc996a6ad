// The durable half of the embedded bus: one SQLite file, one lane that writes, one that reads.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "bus/commit_queue.h"
#include "bus/log_reader.h"
#include "bus/log_writer.h"
#include "bus/partition_log.h"
#include "runtime/blocking_lane.h"
#include "runtime/task.h"
#include "sqlite/file_lock.h"

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace flux::bus {

struct DurableLogOptions {
    std::filesystem::path file;
    CommitQueue::Bounds queue;
    std::size_t tail_bytes_max = 0;         ///< newest records kept in memory, per partition
    std::int64_t checkpoint_pages = 4'096;  ///< a write-ahead log of this size is copied back
    std::int64_t stall_pages = 32'768;      ///< at this size commits wait for the copying
    std::string vfs;                        ///< SQLite file system; empty: the default
};

/// A partition on disk with its newest records in memory.
struct DurablePartition {
    PartitionId id;
    std::shared_ptr<PartitionLog> tail;
};

struct DurableLogStats {
    Counter commits;         ///< transactions on disk
    Counter commit_records;  ///< records in them
    Counter commit_moves;    ///< positions of groups in them
    Counter commit_failures;
    Counter sync_microseconds;  ///< spent in COMMIT, nearly all of it in fsync
    Gauge newest_commit_records;
    Gauge wal_pages;
    Counter checkpoint_stalls;        ///< commits that had to wait for a checkpoint
    SharedCounter refused;            ///< records refused because the queue was full
    SharedCounter checkpoints;        ///< off the commit path
    SharedCounter records_from_disk;  ///< read back for readers older than the memory
};

/// Appends in groups: everything that arrived while the last transaction ran goes into the next,
/// and nobody hears "stored" before its fsync has succeeded. Thread: any shard, unless a member
/// says otherwise.
class DurableLog {
public:
    /// Opens or makes the file; the directory must exist. kConflict when it is open already, in
    /// this process or another. Blocks; thread: main.
    static Result<std::shared_ptr<DurableLog>> Open(DurableLogOptions options, const Clock& clock);

    DurableLog(const DurableLog&) = delete;
    DurableLog& operator=(const DurableLog&) = delete;
    ~DurableLog();

    /// What the file held when it was opened.
    const LogContents& contents() const { return contents_; }

    /// The partitions of a topic, in order. Thread: main before the first Append, or the writing
    /// lane.
    std::vector<DurablePartition> Attach(const StoredTopic& topic);

    struct CreatedTopic {
        TopicOptions options;  ///< those of the topic that exists
        std::vector<DurablePartition> partitions;
    };
    /// Makes the topic unless it exists.
    Task<Result<CreatedTopic>> CreateTopic(TopicName name, TopicOptions options);

    /// Appends one record; returns its offset once it is on disk. Errors: kFull and kUnavailable
    /// (nothing stored), kUnknown (may be found after a crash), kClosed.
    Task<Result<Offset>> Append(PartitionId partition, Message record);

    /// Queues "the group handles this offset next"; `done` (may be empty) is called on the calling
    /// shard once that is on disk. Moves are stored in the order of these calls. False when the log
    /// is closed: `done` is dropped.
    bool QueueMove(StoredPosition move, MoveDone done);

    /// Reads old records from disk.
    Task<Result<std::vector<Message>>> Read(LogRange range);

    Task<Result<void>> ForgetGroup(std::string group, std::vector<PartitionId> partitions);

    /// Stores what waits, takes no more, closes the file. Blocks until done. Idempotent. Thread:
    /// main.
    void Close();

    const DurableLogStats& stats() const { return stats_; }
    CommitQueue::Depth queue_depth() const { return queue_.depth(); }

private:
    DurableLog(
        DurableLogOptions options,
        sqlite::FileLock lock,
        std::unique_ptr<LogWriter> writer,
        std::unique_ptr<LogReader> reader,
        LogContents contents
    );

    template <class Work>
    auto RunOnWriteLane(Work work) -> Task<std::invoke_result_t<Work&>>;
    void ScheduleCommit();
    void CommitWaiting();
    void Store(PendingCommit& commit);
    void ShowStored(const PendingCommit& commit, const CommitOutcome& outcome);
    void Tell(PendingCommit& commit, const Result<CommitOutcome>& outcome);
    void CountCommit(const PendingCommit& commit, const Result<CommitOutcome>& outcome);
    void WatchWal();
    void CheckpointBehind();

    const DurableLogOptions options_;
    const LogContents contents_;
    sqlite::FileLock lock_;
    CommitQueue queue_;
    DurableLogStats stats_;
    std::atomic<std::size_t> reads_waiting_{0};
    std::atomic<std::size_t> tasks_waiting_{0};
    std::atomic<bool> checkpoint_waiting_{false};
    bool closed_ = false;

    // The writing lane's.
    std::unique_ptr<LogWriter> writer_;
    std::map<PartitionId, std::shared_ptr<PartitionLog>> tails_;
    bool failing_ = false;

    // The reading lane's.
    std::unique_ptr<LogReader> reader_;

    BlockingLane write_lane_;
    BlockingLane read_lane_;
};

}  // namespace flux::bus
