#include "bus/commit_queue.h"

#include <utility>

namespace flux::bus {

Result<void> CommitQueue::Reserve(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    if (closed_) {
        return Error(
            ErrorCode::kClosed, Retry::kNever, "could not publish: the event log is shutting down"
        );
    }
    if (reserved_.records >= bounds_.records_max || reserved_.bytes + bytes > bounds_.bytes_max) {
        return Error(
            ErrorCode::kFull,
            Retry::kLater,
            "could not publish: too many records wait for the disk; publish slower"
        );
    }
    ++reserved_.records;
    reserved_.bytes += bytes;
    return {};
}

CommitQueue::Next CommitQueue::PutAppend(
    CommitBatch::Append& append, PendingCommit::AppendWaiter& waiter, std::size_t bytes
) {
    const std::scoped_lock lock(mutex_);
    if (closed_) {
        --reserved_.records;
        reserved_.bytes -= bytes;
        return Next::kClosed;
    }
    waiting_.batch.appends.push_back(std::move(append));
    waiting_.append_waiters.push_back(std::move(waiter));
    waiting_.bytes += bytes;
    return Scheduled();
}

CommitQueue::Next CommitQueue::PutMove(StoredPosition& move, PendingCommit::MoveWaiter& waiter) {
    const std::scoped_lock lock(mutex_);
    if (closed_) return Next::kClosed;
    waiting_.batch.moves.push_back(std::move(move));
    waiting_.move_waiters.push_back(std::move(waiter));
    return Scheduled();
}

CommitQueue::Next CommitQueue::Scheduled() {
    return std::exchange(scheduled_, true) ? Next::kNothing : Next::kScheduleCommit;
}

PendingCommit CommitQueue::TakeAll() {
    const std::scoped_lock lock(mutex_);
    scheduled_ = false;
    return std::exchange(waiting_, PendingCommit());
}

void CommitQueue::Release(const PendingCommit& commit) {
    const std::scoped_lock lock(mutex_);
    reserved_.records -= commit.append_waiters.size();
    reserved_.bytes -= commit.bytes;
}

void CommitQueue::Close() {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
}

CommitQueue::Depth CommitQueue::depth() const {
    const std::scoped_lock lock(mutex_);
    return reserved_;
}

}  // namespace flux::bus
