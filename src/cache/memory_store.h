// Values in memory, each for a time, all within a bound.
#pragma once

#include "base/clock.h"
#include "base/counter.h"

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

namespace flux::cache {

struct MemoryStoreStats {
    Gauge entries;
    Gauge bytes;
    Counter evicted;  ///< values that made room for newer ones before their time was over
};

/// When it is full, what was written longest ago makes room. Thread: one at a time.
class MemoryStore {
public:
    MemoryStore(std::size_t bytes_max, const Clock& clock)
        : bytes_max_(bytes_max),
          clock_(clock) {}
    MemoryStore(const MemoryStore&) = delete;
    MemoryStore& operator=(const MemoryStore&) = delete;

    std::optional<std::string> Get(const std::string& key);
    /// See Cache::Take.
    std::optional<std::string> Take(
        const std::string& key, const std::string& mark, std::chrono::seconds ttl
    );
    /// See Cache::SetRanked.
    void SetRanked(const std::string& key, std::string value, std::chrono::seconds ttl);
    void Set(const std::string& key, std::string value, std::chrono::seconds ttl);
    void Delete(const std::string& key);

    const MemoryStoreStats& stats() const { return stats_; }  // any thread

private:
    struct Entry {
        std::string value;
        SteadyTime ends;
        std::list<std::string>::iterator age;
    };
    using Entries = std::unordered_map<std::string, Entry>;

    Entries::iterator Find(const std::string& key);
    void Erase(Entries::iterator entry);
    void Publish();

    const std::size_t bytes_max_;
    const Clock& clock_;
    MemoryStoreStats stats_;
    std::size_t bytes_ = 0;
    Entries entries_;
    std::list<std::string> ages_;  // keys, written longest ago first
};

}  // namespace flux::cache
