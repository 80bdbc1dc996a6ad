#include "gateway/snapshot_writer.h"

#include "limits/limits.h"

#include <utility>

namespace flux::gateway {

SnapshotWriter::SnapshotWriter(
    Shard& shard, cache::Cache& cache, Milliseconds interval, SnapshotWriterStats& stats
)
    : shard_(shard),
      cache_(cache),
      interval_(interval),
      stats_(stats) {}

void SnapshotWriter::Write(const std::string& key, SharedBytes payload, std::chrono::seconds ttl) {
    Waiting waiting;
    waiting.payload = std::move(payload);
    waiting.ttl = ttl;
    Add(key, std::move(waiting));
}

void SnapshotWriter::Forget(const std::string& key) {
    Add(key, Waiting{});
}

void SnapshotWriter::Add(const std::string& key, Waiting waiting) {
    Waiting& slot = waiting_[key];
    if (!slot.payload.empty()) stats_.replaced.Add();
    bytes_ += waiting.payload.size();
    bytes_ -= slot.payload.size();
    slot = std::move(waiting);
    stats_.waiting_bytes.Set(static_cast<std::int64_t>(bytes_));
    if (waiting_.size() > limits::kCacheWritesWaitingMax ||
        bytes_ > limits::kCacheWriteBytesWaitingMax) {
        return Flush();
    }
    if (!flush_.armed()) shard_.timers().Arm(flush_, shard_.clock().Now() + interval_);
}

void SnapshotWriter::Flush() {
    flush_.Disarm();
    for (auto& [key, waiting] : waiting_) {
        if (waiting.payload.empty()) {
            cache_.Delete(key);
        } else {
            stats_.written.Add();
            cache_.Set(key, std::string(waiting.payload.view()), waiting.ttl);
        }
    }
    waiting_.clear();
    bytes_ = 0;
    stats_.waiting_bytes.Set(0);
}

}  // namespace flux::gateway
