// What accelerates and may be gone at any time.
#pragma once

#include "base/clock.h"
#include "runtime/task.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace flux::cache {

/// False: it may not have been stored.
using StoreDone = std::function<void(bool stored)>;

/// One shard's view of the cache, which only accelerates. Fails open: away, slow (over the time
/// budget) and absent are all a miss. Values are bytes somebody else may have written: who reads
/// one checks it. Keys hold at most limits::kCacheKeyBytesMax bytes and values
/// limits::kCacheValueBytesMax; what is larger is not kept. Thread: its shard's.
class Cache {
public:
    virtual ~Cache() = default;

    virtual Task<std::optional<std::string>> Get(std::string key) = 0;

    /// Reads a ranked value (base/rank.h). One of an even rank is replaced in the same step, for
    /// `ttl`, by the next rank and `mark`: of several askers one gets it, and the others see who
    /// has. It waits `budget` instead of the cache's own, because one that gave up may have taken
    /// the value all the same.
    virtual Task<std::optional<std::string>> Take(
        std::string key, std::string mark, std::chrono::seconds ttl, Milliseconds budget
    ) = 0;

    /// As Set, of a ranked value, unless what is there has a higher rank. False when it was
    /// dropped. Else `done`, if there is one, hears what became of it: in a later turn, or before
    /// SetRanked returns if it is there by then.
    virtual bool SetRanked(
        std::string key, std::string value, std::chrono::seconds ttl, StoreDone done
    ) = 0;

    /// `listener` is called whenever the cache answers again after it did not: what was in it may
    /// be gone. Until the cache is destroyed.
    virtual void OnBack(std::function<void()> listener) = 0;

    /// Never waits; dropped and counted while the cache is away or its queue is full. `ttl` is at
    /// least a second; an empty value is the same as none.
    virtual void Set(std::string key, std::string value, std::chrono::seconds ttl) = 0;

    virtual void Delete(std::string key) = 0;
};

}  // namespace flux::cache
