// The newest records of one partition, in memory.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "bus/event_bus.h"
#include "bus/shard_signal.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace flux::bus {

/// The memory a record takes while it is kept, overhead included. Its topic's name is shared.
std::size_t MemoryOf(const Message& record);

/// A bounded run of records with consecutive offsets, and the readers waiting for the next one. For
/// a topic in memory this is the log; for a durable one it is the newest part of it, and the rest
/// stands on disk. The oldest record goes when the bytes or the age are over the bound; the newest
/// always stays. Thread: any; the lock is held for one append or one copy of handles.
class PartitionLog {
public:
    struct Bounds {
        std::size_t bytes_max = 0;
        std::chrono::milliseconds age_max{};
    };

    /// `next` is the offset the next record gets. `oldest_on_disk` is set for a durable topic.
    PartitionLog(Offset next, Bounds bounds, std::optional<Offset> oldest_on_disk);

    /// Topics in memory: appends `record` and returns the offset it got. Wakes the readers.
    Offset Append(Message record);

    /// Durable topics: appends records that stand on disk under the offsets they carry, which
    /// continue this run. Wakes the readers once.
    void AppendStored(std::vector<Message> records);

    /// Durable topics: records before `oldest` were deleted from the disk.
    void TrimStored(Offset oldest);

    struct Slice {
        std::vector<Message> records;  ///< consecutive, from the offset asked for
        Offset oldest_in_memory;       ///< older ones are on disk, or gone
    };

    /// Copies handles of up to `records_max` records from `from` on, at most `bytes_max` bytes of
    /// them but at least one. Nothing at the end or below memory.
    Slice Read(Offset from, std::size_t records_max, std::size_t bytes_max) const;

    /// Raises `signal` when a record at or after `from` arrives. False when it is there already or
    /// `from` is below memory: nothing was registered. Registering twice is registering once.
    bool WaitForNews(Offset from, const std::shared_ptr<ShardSignal>& signal);
    void StopWaiting(const std::shared_ptr<ShardSignal>& signal);

    /// {oldest kept, next}.
    std::pair<Offset, Offset> Watermarks() const;

    const Counter& stored_records() const { return stored_records_; }
    const Counter& stored_bytes() const { return stored_bytes_; }
    std::size_t memory_bytes() const;

private:
    using Waiting = std::vector<std::shared_ptr<ShardSignal>>;

    void Push(Message record);
    void DropOldest(WallMillis now);
    std::int64_t OldestInMemory() const { return next_ - static_cast<std::int64_t>(run_.size()); }

    const Bounds bounds_;
    mutable std::mutex mutex_;
    std::deque<Message> run_;
    std::size_t memory_bytes_ = 0;
    std::int64_t next_;
    std::optional<std::int64_t> oldest_on_disk_;
    Waiting waiting_;
    Counter stored_records_;  // written under the lock
    Counter stored_bytes_;
};

}  // namespace flux::bus
