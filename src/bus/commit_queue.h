// What waits for the durable log's next transaction, and who waits for it.
#pragma once

#include "base/result.h"
#include "base/unique_function.h"
#include "bus/log_writer.h"
#include "runtime/shard.h"

#include <cstddef>
#include <mutex>
#include <vector>

namespace flux::bus {

/// Called on the shard it was queued from.
using AppendDone = UniqueFunction<void(Result<Offset>)>;
using MoveDone = UniqueFunction<void(Result<void>)>;

/// Everything one transaction takes: `batch`, and for each entry in the same order whom to tell.
struct PendingCommit {
    struct AppendWaiter {
        Shard* home = nullptr;
        AppendDone done;
    };
    struct MoveWaiter {
        Shard* home = nullptr;
        MoveDone done;  ///< may be empty: nobody waits
    };
    CommitBatch batch;
    std::vector<AppendWaiter> append_waiters;
    std::vector<MoveWaiter> move_waiters;
    std::size_t bytes = 0;

    bool empty() const { return batch.appends.empty() && batch.moves.empty(); }
};

/// A bounded queue from all shards to the log's lane. A record's place is reserved first and filled
/// afterwards; it is given back when its transaction has ended, so what is being written counts
/// too. Moves of groups are not bounded here: each partition of a group has one under way. Thread:
/// any.
class CommitQueue {
public:
    struct Bounds {
        std::size_t records_max = 0;
        std::size_t bytes_max = 0;
    };
    explicit CommitQueue(Bounds bounds)
        : bounds_(bounds) {}

    /// kFull or kClosed: nothing was reserved.
    Result<void> Reserve(std::size_t bytes);

    /// What the caller of Put must do next.
    enum class Next : std::uint8_t { kNothing, kScheduleCommit, kClosed };

    /// Fills a reserved place. kClosed: it was not queued and the place is given back; `entry` and
    /// `waiter` are untouched.
    Next PutAppend(
        CommitBatch::Append& append, PendingCommit::AppendWaiter& waiter, std::size_t bytes
    );
    Next PutMove(StoredPosition& move, PendingCommit::MoveWaiter& waiter);

    /// Everything that waits. From now on a Put asks for a commit again.
    PendingCommit TakeAll();

    /// Gives the places of a commit back.
    void Release(const PendingCommit& commit);

    /// No more entries; those that wait stay.
    void Close();

    struct Depth {
        std::size_t records = 0;
        std::size_t bytes = 0;
    };
    Depth depth() const;

private:
    Next Scheduled();

    const Bounds bounds_;
    mutable std::mutex mutex_;
    PendingCommit waiting_;
    Depth reserved_;
    bool scheduled_ = false;
    bool closed_ = false;
};

}  // namespace flux::bus
