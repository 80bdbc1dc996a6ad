// The newest values of many keys, and no more than so many.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace flux::feeds {

/// Keeps at most `count_max` values; over that the one written longest ago goes. Thread: one at a
/// time.
template <typename Value>
class RecentMap {
public:
    explicit RecentMap(std::size_t count_max)
        : count_max_(count_max) {}

    /// nullptr when there is none. Good until the next Put or Erase.
    Value* Find(const std::string& key) {
        const auto found = by_key_.find(key);
        return found == by_key_.end() ? nullptr : &found->second->second;
    }

    void Put(const std::string& key, Value value) {
        Erase(key);
        entries_.emplace_front(key, std::move(value));
        by_key_[key] = entries_.begin();
        if (entries_.size() <= count_max_) return;
        by_key_.erase(entries_.back().first);
        entries_.pop_back();
    }

    void Erase(const std::string& key) {
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return;
        entries_.erase(found->second);
        by_key_.erase(found);
    }

    /// The key written last; nothing when it is empty.
    std::optional<std::string> Newest() const {
        if (entries_.empty()) return std::nullopt;
        return entries_.front().first;
    }

    std::size_t size() const { return entries_.size(); }

private:
    using Entries = std::list<std::pair<std::string, Value>>;

    const std::size_t count_max_;
    Entries entries_;  // newest first
    std::unordered_map<std::string, typename Entries::iterator> by_key_;
};

}  // namespace flux::feeds
