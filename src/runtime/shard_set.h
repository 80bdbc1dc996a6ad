// All shards of the process and their threads.
#pragma once

#include "runtime/shard.h"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace flux {

/// Owns the shards and runs each on a thread of its own. Thread: the one that made it, unless a
/// member says otherwise.
class ShardSet {
public:
    /// `count` shards, at least 1, at most limits::kShardsMax.
    ShardSet(std::size_t count, const Clock& clock);
    ShardSet(const ShardSet&) = delete;
    ShardSet& operator=(const ShardSet&) = delete;
    ~ShardSet();

    std::size_t size() const { return shards_.size(); }               // any thread
    Shard& operator[](std::size_t index) { return *shards_[index]; }  // any thread

    /// Starts the threads. Call once.
    void Start();

    /// Runs `work` on every shard and returns when all have run it. The shards must be running, and
    /// the caller must not be one of them.
    void OnEachShard(const std::function<void(Shard&)>& work);

    /// Stops every shard and joins its thread. Idempotent.
    void Stop();

private:
    std::vector<std::unique_ptr<Shard>> shards_;
    std::vector<std::thread> threads_;
};

}  // namespace flux
