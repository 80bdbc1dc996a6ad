#include "bus/partition_log.h"

#include "base/assert.h"
#include "bus/bus_rules.h"

#include <algorithm>

namespace flux::bus {

std::size_t MemoryOf(const Message& record) {
    return sizeof(Message) + record.headers.size() * sizeof(Header) +
           RecordBytes(record.key, record.payload, record.headers);
}

PartitionLog::PartitionLog(Offset next, Bounds bounds, std::optional<Offset> oldest_on_disk)
    : bounds_(bounds),
      next_(next.value()) {
    if (oldest_on_disk) oldest_on_disk_ = oldest_on_disk->value();
}

Offset PartitionLog::Append(Message record) {
    Waiting wake;
    Offset offset;
    {
        const std::scoped_lock lock(mutex_);
        FLUX_ASSERT(!oldest_on_disk_);
        offset = Offset(next_);
        record.offset = offset;
        const WallMillis now = record.timestamp;
        Push(std::move(record));
        DropOldest(now);
        std::swap(wake, waiting_);
    }
    for (const auto& signal : wake)
        signal->Raise();
    return offset;
}

void PartitionLog::AppendStored(std::vector<Message> records) {
    if (records.empty()) return;
    Waiting wake;
    {
        const std::scoped_lock lock(mutex_);
        FLUX_ASSERT(oldest_on_disk_.has_value());
        const WallMillis now = records.back().timestamp;
        for (Message& record : records) {
            FLUX_ASSERT(record.offset.value() == next_);
            Push(std::move(record));
        }
        DropOldest(now);
        std::swap(wake, waiting_);
    }
    for (const auto& signal : wake)
        signal->Raise();
}

void PartitionLog::TrimStored(Offset oldest) {
    const std::scoped_lock lock(mutex_);
    oldest_on_disk_ = oldest.value();
    while (!run_.empty() && OldestInMemory() < oldest.value()) {
        memory_bytes_ -= MemoryOf(run_.front());
        run_.pop_front();
    }
}

void PartitionLog::Push(Message record) {
    stored_records_.Add();
    stored_bytes_.Add(RecordBytes(record.key, record.payload, record.headers));
    memory_bytes_ += MemoryOf(record);
    run_.push_back(std::move(record));
    ++next_;
}

void PartitionLog::DropOldest(WallMillis now) {
    const WallMillis too_old = now - bounds_.age_max.count();
    while (run_.size() > 1 &&
           (memory_bytes_ > bounds_.bytes_max || run_.front().timestamp < too_old)) {
        memory_bytes_ -= MemoryOf(run_.front());
        run_.pop_front();
    }
}

PartitionLog::Slice PartitionLog::Read(Offset from, std::size_t records_max, std::size_t bytes_max)
    const {
    Slice slice;
    const std::scoped_lock lock(mutex_);
    slice.oldest_in_memory = Offset(OldestInMemory());
    if (from.value() < OldestInMemory() || from.value() >= next_) return slice;
    const auto start = static_cast<std::size_t>(from.value() - OldestInMemory());
    const std::size_t end = start + std::min(records_max, run_.size() - start);
    std::size_t bytes = 0;
    for (std::size_t i = start; i < end; ++i) {
        bytes += MemoryOf(run_[i]);
        if (bytes > bytes_max && i > start) break;
        slice.records.push_back(run_[i]);
    }
    return slice;
}

bool PartitionLog::WaitForNews(Offset from, const std::shared_ptr<ShardSignal>& signal) {
    const std::scoped_lock lock(mutex_);
    if (from.value() < next_) return false;
    if (std::find(waiting_.begin(), waiting_.end(), signal) == waiting_.end()) {
        waiting_.push_back(signal);
    }
    return true;
}

void PartitionLog::StopWaiting(const std::shared_ptr<ShardSignal>& signal) {
    const std::scoped_lock lock(mutex_);
    std::erase(waiting_, signal);
}

std::pair<Offset, Offset> PartitionLog::Watermarks() const {
    const std::scoped_lock lock(mutex_);
    return {Offset(oldest_on_disk_.value_or(OldestInMemory())), Offset(next_)};
}

std::size_t PartitionLog::memory_bytes() const {
    const std::scoped_lock lock(mutex_);
    return memory_bytes_;
}

}  // namespace flux::bus
