// What every cache promises, as tests. A program links cache_contract_test.cc and says which cache
// it means.
#pragma once

#include "base/metrics.h"
#include "base/random.h"
#include "base/units.h"
#include "cache/cache_set.h"
#include "runtime/shard_set.h"
#include "runtime/task_group.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>

namespace flux::cache::testing {

/// The cache this program is about, not started. Defined by each program.
std::unique_ptr<CacheSet> MakeCacheSet(
    ShardSet& shards, const CacheOptions& options, MetricRegistry& metrics
);

/// Runs `task` on `shard` and waits for what it returns.
template <class T>
T RunOn(Shard& shard, Task<T> task) {
    const auto promise = std::make_shared<std::promise<T>>();
    std::future<T> future = promise->get_future();
    shard.PostReserved([&shard, promise, task = std::move(task)]() mutable {
        auto done = [promise](const std::exception_ptr&, T result) {
            promise->set_value(std::move(result));
        };
        boost::asio::co_spawn(shard.io(), std::move(task), std::move(done));
    });
    return future.get();
}

/// A cache on two shards, started, with keys of its own.
class CacheContract : public ::testing::Test {
protected:
    using Value = std::optional<std::string>;

    void SetUp() override {
        shards_.Start();
        set_ = MakeCacheSet(shards_, options_, metrics_);
        EachShard([this] { return set_->Start(); });
    }

    void TearDown() override {
        if (set_) EachShard([this] { return set_->Stop(); });
        set_.reset();
        shards_.Stop();
    }

    void EachShard(const std::function<Task<>()>& work) {
        for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
            auto run = [&work]() -> Task<bool> {
                co_await work();
                co_return true;
            };
            RunOn(shards_[shard], run());
        }
    }

    std::string Key(const std::string& name) const { return prefix_ + name; }
    Cache& On(std::size_t shard) { return set_->Of(shards_[shard].id()); }

    Value Get(std::size_t shard, const std::string& name) {
        return RunOn(shards_[shard], On(shard).Get(Key(name)));
    }
    Value Take(std::size_t shard, const std::string& name) {
        return RunOn(shards_[shard], On(shard).Take(Key(name), "taken", 60s, options_.budget));
    }
    /// As Set, of a ranked value; returns what is there then.
    Value SetRanked(std::size_t shard, const std::string& name, const std::string& value) {
        auto set = [&]() -> Task<Value> {
            bool stored = false;
            StoreDone done = [&](bool told) { stored = told; };
            EXPECT_TRUE(On(shard).SetRanked(Key(name), value, 60s, std::move(done)));
            Value there = co_await On(shard).Get(Key(name));
            EXPECT_TRUE(stored);
            co_return there;
        };
        return RunOn(shards_[shard], set());
    }

    /// Sets on a shard, and returns when the same shard has read it: so it is there for all.
    void Set(
        std::size_t shard,
        const std::string& name,
        std::string value,
        std::chrono::seconds ttl = 60s
    ) {
        auto set = [&]() -> Task<Value> {
            On(shard).Set(Key(name), value, ttl);
            co_return co_await On(shard).Get(Key(name));
        };
        EXPECT_EQ(RunOn(shards_[shard], set()), value);
    }

    MetricRegistry metrics_;
    CacheOptions options_{.budget = 5s};
    ShardSet shards_{2, SystemClock::Instance()};
    std::unique_ptr<CacheSet> set_;
    const std::string prefix_ = "test:" + SecureRandomText(9) + ":";
};

}  // namespace flux::cache::testing
