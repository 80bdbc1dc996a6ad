// A cache that is a map. For tests.
#pragma once

#include "base/rank.h"
#include "cache/cache.h"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace flux::feeds::testing {

/// What is written stays until a test takes it out; a test may say that it is away.
class MapCache final : public cache::Cache {
public:
    Task<std::optional<std::string>> Get(std::string key) override { co_return Find(key); }

    Task<std::optional<std::string>> Take(
        std::string key, std::string mark, std::chrono::seconds ttl, Milliseconds
    ) override {
        const std::optional<std::string> value = Find(key);
        const auto rank = value ? RankOf(*value) : std::nullopt;
        if (rank && *rank % 2 == 0) Set(std::move(key), EncodeRank(*rank + 1) + mark, ttl);
        co_return value;
    }

    bool SetRanked(std::string key, std::string value, std::chrono::seconds ttl, cache::StoreDone)
        override {
        const auto there = RankOf(Find(key).value_or(""));
        if (!there || *there <= RankOf(value)) Set(std::move(key), std::move(value), ttl);
        return !away;
    }

    void OnBack(std::function<void()>) override {}

    void Set(std::string key, std::string value, std::chrono::seconds ttl) override {
        if (away) return;
        lifetimes[key] = ttl;
        values[std::move(key)] = std::move(value);
    }

    void Delete(std::string key) override {
        if (!away) values.erase(key);
    }

    bool away = false;
    std::map<std::string, std::string> values;
    std::map<std::string, std::chrono::seconds> lifetimes;

private:
    std::optional<std::string> Find(const std::string& key) const {
        const auto found = values.find(key);
        return away || found == values.end() ? std::nullopt : std::optional(found->second);
    }
};

}  // namespace flux::feeds::testing
