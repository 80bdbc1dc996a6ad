// Writes the newest records of rooms to the cache, behind their delivery.
#pragma once

#include "base/clock.h"
#include "base/shared_bytes.h"
#include "cache/cache.h"
#include "gateway/gateway_stats.h"
#include "runtime/shard.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>

namespace flux::gateway {

/// Collects what is to be written and writes the newest of each key once an interval, so that a
/// busy topic costs the cache no more than a quiet one. What waits is bounded in keys and bytes:
/// when it is more, it is written at once. Thread: the pump's shard.
class SnapshotWriter {
public:
    /// All references outlive the writer.
    SnapshotWriter(
        Shard& shard, cache::Cache& cache, Milliseconds interval, SnapshotWriterStats& stats
    );
    SnapshotWriter(const SnapshotWriter&) = delete;
    SnapshotWriter& operator=(const SnapshotWriter&) = delete;

    /// `payload` is shared until it is written.
    void Write(const std::string& key, SharedBytes payload, std::chrono::seconds ttl);

    /// The key's value is to go.
    void Forget(const std::string& key);

    /// Writes what waits, now.
    void Flush();

private:
    struct Waiting {
        SharedBytes payload;  // empty: the key is to go
        std::chrono::seconds ttl{0};
    };

    void Add(const std::string& key, Waiting waiting);

    Shard& shard_;
    cache::Cache& cache_;
    const Milliseconds interval_;
    SnapshotWriterStats& stats_;
    std::unordered_map<std::string, Waiting> waiting_;
    std::size_t bytes_ = 0;
    MemberTimer<SnapshotWriter, &SnapshotWriter::Flush> flush_{*this};
};

}  // namespace flux::gateway
