// One at a time, of all instances that share a cache.
#pragma once

#include "cache/cache.h"
#include "runtime/task.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace flux::feeds {

/// The right to do one thing, until it is destroyed or `ttl` has passed; what died with it is free
/// after that. Nobody's work depends on it: without a cache, or while it is away, everybody has the
/// right. Thread: the cache's shard's.
class FleetLease {
public:
    /// Nothing: another instance has it. `what` names it among all leases. `cache` may be null;
    /// else it outlives the lease.
    static Task<std::optional<FleetLease>> TryTake(
        cache::Cache* cache, std::string what, std::chrono::seconds ttl
    );

    FleetLease(FleetLease&& other) noexcept;
    FleetLease& operator=(FleetLease&& other) noexcept;
    ~FleetLease();

private:
    FleetLease(cache::Cache* cache, std::string key);
    void GiveBack();

    cache::Cache* cache_;  // null: there is nothing to give back
    std::string key_;
};

}  // namespace flux::feeds
