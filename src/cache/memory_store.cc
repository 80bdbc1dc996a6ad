#include "cache/memory_store.h"

#include "base/rank.h"

#include <utility>

namespace flux::cache {
namespace {

/// What an entry costs beside its value and twice its key.
constexpr std::size_t kEntryBytes = 160;

std::size_t Weight(const std::string& key, const std::string& value) {
    return kEntryBytes + 2 * key.size() + value.size();
}

}  // namespace

MemoryStore::Entries::iterator MemoryStore::Find(const std::string& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end() || clock_.Now() < found->second.ends) return found;
    Erase(found);
    Publish();
    return entries_.end();
}

std::optional<std::string> MemoryStore::Get(const std::string& key) {
    const auto found = Find(key);
    if (found == entries_.end()) return std::nullopt;
    return found->second.value;
}

std::optional<std::string> MemoryStore::Take(
    const std::string& key, const std::string& mark, std::chrono::seconds ttl
) {
    std::optional<std::string> value = Get(key);
    const std::optional<std::uint64_t> rank = value ? RankOf(*value) : std::nullopt;
    if (rank && *rank % 2 == 0) Set(key, EncodeRank(*rank + 1) + mark, ttl);
    return value;
}

void MemoryStore::SetRanked(const std::string& key, std::string value, std::chrono::seconds ttl) {
    const std::optional<std::string> there = Get(key);
    const std::optional<std::uint64_t> rank = there ? RankOf(*there) : std::nullopt;
    if (rank && *rank > RankOf(value).value_or(0)) return;
    Set(key, std::move(value), ttl);
}

void MemoryStore::Set(const std::string& key, std::string value, std::chrono::seconds ttl) {
    Delete(key);
    const std::size_t weight = Weight(key, value);
    if (weight > bytes_max_) return;
    while (bytes_ + weight > bytes_max_) {
        const auto oldest = entries_.find(ages_.front());
        if (clock_.Now() < oldest->second.ends) stats_.evicted.Add();
        Erase(oldest);
    }
    Entry entry;
    entry.value = std::move(value);
    entry.ends = clock_.Now() + ttl;
    entry.age = ages_.insert(ages_.end(), key);
    bytes_ += weight;
    entries_.emplace(key, std::move(entry));
    Publish();
}

void MemoryStore::Delete(const std::string& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    Erase(found);
    Publish();
}

void MemoryStore::Erase(Entries::iterator entry) {
    bytes_ -= Weight(entry->first, entry->second.value);
    ages_.erase(entry->second.age);
    entries_.erase(entry);
}

void MemoryStore::Publish() {
    stats_.entries.Set(static_cast<std::int64_t>(entries_.size()));
    stats_.bytes.Set(static_cast<std::int64_t>(bytes_));
}

}  // namespace flux::cache
