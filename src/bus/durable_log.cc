#include "bus/durable_log.h"

#include "base/assert.h"
#include "base/log.h"
#include "limits/limits.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>
#include <latch>
#include <optional>
#include <utility>

namespace flux::bus {
namespace {

/// What a lane must always have room for: a commit behind the running one, a checkpoint, the end.
constexpr std::size_t kOwnJobsMax = 8;

Error ClosedError() {
    return Error(
        ErrorCode::kClosed, Retry::kNever, "could not use the event log: it is shutting down"
    );
}

/// Runs `job` on `lane` and returns when it has run.
void RunAndWait(BlockingLane& lane, const std::function<void()>& job) {
    std::latch done(1);
    const bool queued = lane.TryPost([&job, &done] {
        job();
        done.count_down();
    });
    FLUX_ASSERT(queued);  // room for it is kept, see kOwnJobsMax
    done.wait();
}

}  // namespace

Result<std::shared_ptr<DurableLog>> DurableLog::Open(
    DurableLogOptions options, const Clock& clock
) {
    Result<sqlite::FileLock> lock = sqlite::FileLock::Acquire(options.file);
    if (!lock) return lock.error();
    Result<OpenedLogFile> opened = OpenLogFile(options.file, options.vfs);
    if (!opened) return opened.error();
    Result<std::unique_ptr<LogWriter>> writer =
        LogWriter::Create(std::move(opened->connection), opened->contents, clock);
    if (!writer) return writer.error();
    Result<std::unique_ptr<LogReader>> reader = LogReader::Open(options.file, options.vfs);
    if (!reader) return reader.error();
    return std::shared_ptr<DurableLog>(new DurableLog(
        std::move(options),
        std::move(*lock),
        std::move(*writer),
        std::move(*reader),
        std::move(opened->contents)
    ));
}

DurableLog::DurableLog(
    DurableLogOptions options,
    sqlite::FileLock lock,
    std::unique_ptr<LogWriter> writer,
    std::unique_ptr<LogReader> reader,
    LogContents contents
)
    : options_(std::move(options)),
      contents_(std::move(contents)),
      lock_(std::move(lock)),
      queue_(options_.queue),
      writer_(std::move(writer)),
      reader_(std::move(reader)),
      write_lane_("bus-log-write", limits::kLogTasksWaitingMax + kOwnJobsMax),
      read_lane_("bus-log-read", limits::kLogReadsWaitingMax + kOwnJobsMax) {}

DurableLog::~DurableLog() {
    Close();
}

void DurableLog::Close() {
    if (std::exchange(closed_, true)) return;
    queue_.Close();
    // The reader first: the last connection to go copies the write-ahead log back.
    RunAndWait(read_lane_, [this] { reader_.reset(); });
    read_lane_.Close();
    RunAndWait(write_lane_, [this] {
        CommitWaiting();
        writer_.reset();
    });
    write_lane_.Close();
    { const sqlite::FileLock ended = std::move(lock_); }
}

std::vector<DurablePartition> DurableLog::Attach(const StoredTopic& topic) {
    PartitionLog::Bounds bounds;
    bounds.bytes_max = options_.tail_bytes_max;
    bounds.age_max = topic.options.retention_time;
    std::vector<DurablePartition> attached;
    for (const StoredPartition& stored : topic.partitions) {
        auto& tail = tails_[stored.id];
        if (!tail) tail = std::make_shared<PartitionLog>(stored.next, bounds, stored.oldest);
        DurablePartition partition;
        partition.id = stored.id;
        partition.tail = tail;
        attached.push_back(std::move(partition));
    }
    return attached;
}

template <class Work>
auto DurableLog::RunOnWriteLane(Work work) -> Task<std::invoke_result_t<Work&>> {
    if (tasks_waiting_.fetch_add(1) >= limits::kLogTasksWaitingMax) {
        tasks_waiting_.fetch_sub(1);
        co_return Error(
            ErrorCode::kFull, Retry::kLater, "could not change the event log: too many changes wait"
        );
    }
    auto outcome = co_await write_lane_.Run(std::move(work));
    tasks_waiting_.fetch_sub(1);
    co_return outcome;
}

Task<Result<DurableLog::CreatedTopic>> DurableLog::CreateTopic(
    TopicName name, TopicOptions options
) {
    auto work = [this, name = std::move(name), options]() -> Result<CreatedTopic> {
        if (!writer_) return ClosedError();
        Result<StoredTopic> stored = writer_->CreateTopic(name, options);
        if (!stored) return stored.error();
        CreatedTopic created;
        created.options = stored->options;
        created.partitions = Attach(*stored);
        return created;
    };
    co_return co_await RunOnWriteLane(std::move(work));
}

Task<Result<Offset>> DurableLog::Append(PartitionId partition, Message record) {
    const std::size_t bytes = MemoryOf(record);
    if (Result<void> reserved = queue_.Reserve(bytes); !reserved) {
        if (reserved.error().code == ErrorCode::kFull) stats_.refused.Add();
        co_return reserved.error();
    }
    CommitBatch::Append append;
    append.partition = partition;
    append.record = std::move(record);
    auto initiate = [this, bytes](auto handler, CommitBatch::Append entry) {
        PendingCommit::AppendWaiter waiter;
        waiter.home = Shard::Current();
        FLUX_ASSERT(waiter.home != nullptr);
        waiter.done = [resume = std::move(handler)](Result<Offset> outcome) mutable {
            std::move(resume)(std::move(outcome));
        };
        const CommitQueue::Next next = queue_.PutAppend(entry, waiter, bytes);
        if (next == CommitQueue::Next::kScheduleCommit) ScheduleCommit();
        if (next == CommitQueue::Next::kClosed) {
            Shard* const home = waiter.home;
            home->PostReserved([done = std::move(waiter.done)] { done(ClosedError()); });
        }
    };
    co_return co_await boost::asio::
        async_initiate<const boost::asio::use_awaitable_t<>, void(Result<Offset>)>(
            std::move(initiate), boost::asio::use_awaitable, std::move(append)
        );
}

bool DurableLog::QueueMove(StoredPosition move, MoveDone done) {
    PendingCommit::MoveWaiter waiter;
    waiter.home = Shard::Current();
    waiter.done = std::move(done);
    FLUX_ASSERT(waiter.home != nullptr || !waiter.done);
    const CommitQueue::Next next = queue_.PutMove(move, waiter);
    if (next == CommitQueue::Next::kScheduleCommit) ScheduleCommit();
    return next != CommitQueue::Next::kClosed;
}

void DurableLog::ScheduleCommit() {
    // Refused only when the lane is closed; Close stores what waits by itself.
    [[maybe_unused]] const bool queued = write_lane_.TryPost([this] { CommitWaiting(); });
}

void DurableLog::CommitWaiting() {
    PendingCommit commit = queue_.TakeAll();
    if (commit.empty()) return;
    if (!writer_) {
        queue_.Release(commit);
        Tell(commit, ClosedError());
        return;
    }
    Store(commit);
    WatchWal();
}

void DurableLog::Store(PendingCommit& commit) {
    const Result<CommitOutcome> outcome = writer_->Commit(commit.batch);
    CountCommit(commit, outcome);
    if (outcome) {
        ShowStored(commit, *outcome);
    } else if (outcome.error().code == ErrorCode::kUnavailable) {
        // The write-ahead log itself may be what fills the disk. Once it is copied, the next commit
        // starts it over in the room it has.
        [[maybe_unused]] const auto copied = writer_->Checkpoint();
    }
    // Before anybody hears of it: who publishes again at once must find the room.
    queue_.Release(commit);
    Tell(commit, outcome);
}

void DurableLog::CountCommit(const PendingCommit& commit, const Result<CommitOutcome>& outcome) {
    if (!outcome) {
        stats_.commit_failures.Add();
        if (!std::exchange(failing_, true)) {
            log::Failure(
                "bus.log_failing",
                "records of durable topics are refused until the log can be written again",
                {{"error", ToString(outcome.error())}}
            );
        }
        return;
    }
    if (std::exchange(failing_, false)) {
        log::Info("bus.log_recovered", "the event log can be written again");
    }
    const std::size_t records = commit.batch.appends.size();
    stats_.commits.Add();
    stats_.commit_records.Add(records);
    stats_.commit_moves.Add(commit.batch.moves.size());
    stats_.newest_commit_records.Set(static_cast<std::int64_t>(records));
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(outcome->sync_time);
    stats_.sync_microseconds.Add(static_cast<std::uint64_t>(spent.count()));
}

void DurableLog::ShowStored(const PendingCommit& commit, const CommitOutcome& outcome) {
    std::map<PartitionId, std::vector<Message>> by_partition;
    for (const CommitBatch::Append& append : commit.batch.appends)
        by_partition[append.partition].push_back(append.record);
    for (auto& [partition, records] : by_partition)
        tails_.at(partition)->AppendStored(std::move(records));
    for (const auto& [partition, oldest] : outcome.trimmed)
        tails_.at(partition)->TrimStored(oldest);
}

void DurableLog::Tell(PendingCommit& commit, const Result<CommitOutcome>& outcome) {
    // One letter per shard, however many records it had waiting.
    struct Answers {
        std::vector<std::pair<AppendDone, Offset>> appends;
        std::vector<MoveDone> moves;
    };
    std::map<Shard*, Answers> by_shard;
    for (std::size_t i = 0; i < commit.append_waiters.size(); ++i) {
        PendingCommit::AppendWaiter& waiter = commit.append_waiters[i];
        by_shard[waiter.home].appends.emplace_back(
            std::move(waiter.done), commit.batch.appends[i].record.offset
        );
    }
    for (PendingCommit::MoveWaiter& waiter : commit.move_waiters) {
        if (waiter.done) by_shard[waiter.home].moves.push_back(std::move(waiter.done));
    }
    std::optional<Error> failure;
    if (!outcome) failure = outcome.error();
    for (auto& [shard, answers] : by_shard) {
        shard->PostReserved([answers = std::move(answers), failure] {
            for (const auto& [done, offset] : answers.appends)
                done(failure ? Result<Offset>(*failure) : Result<Offset>(offset));
            for (const MoveDone& done : answers.moves)
                done(failure ? Result<void>(*failure) : Result<void>());
        });
    }
}

void DurableLog::WatchWal() {
    stats_.wal_pages.Set(writer_->wal_pages());
    if (writer_->wal_pages() < options_.checkpoint_pages) return;
    if (writer_->wal_pages() >= options_.stall_pages) {
        // The other lane could not keep up. What it has copied need not be copied again, so this is
        // short; after it the next commit starts the write-ahead log over.
        stats_.checkpoint_stalls.Add();
        [[maybe_unused]] const auto copied = writer_->Checkpoint();
        return;
    }
    if (checkpoint_waiting_.exchange(true)) return;
    if (!read_lane_.TryPost([this] { CheckpointBehind(); })) checkpoint_waiting_ = false;
}

void DurableLog::CheckpointBehind() {
    if (reader_) {
        const auto copied = reader_->Checkpoint();
        stats_.checkpoints.Add();
        if (!copied) {
            log::Warn(
                "bus.checkpoint_failed",
                "the write-ahead log keeps growing until a checkpoint succeeds",
                {{"error", ToString(copied.error())}}
            );
        }
    }
    checkpoint_waiting_ = false;
}

Task<Result<std::vector<Message>>> DurableLog::Read(LogRange range) {
    if (reads_waiting_.fetch_add(1) >= limits::kLogReadsWaitingMax) {
        reads_waiting_.fetch_sub(1);
        co_return Error(
            ErrorCode::kFull, Retry::kLater, "could not read the event log: too many reads wait"
        );
    }
    auto work = [this, range = std::move(range)]() -> Result<std::vector<Message>> {
        if (!reader_) return ClosedError();
        Result<std::vector<Message>> records = reader_->Read(range);
        if (records) stats_.records_from_disk.Add(records->size());
        return records;
    };
    Result<std::vector<Message>> records = co_await read_lane_.Run(std::move(work));
    reads_waiting_.fetch_sub(1);
    co_return records;
}

Task<Result<void>> DurableLog::ForgetGroup(std::string group, std::vector<PartitionId> partitions) {
    auto work = [this, group = std::move(group), partitions = std::move(partitions)] {
        return writer_ ? writer_->ForgetGroup(group, partitions) : Result<void>(ClosedError());
    };
    co_return co_await RunOnWriteLane(std::move(work));
}

}  // namespace flux::bus
