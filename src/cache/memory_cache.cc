#include "cache/memory_cache.h"

#include "base/assert.h"
#include "limits/limits.h"
#include "runtime/answer_slot.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <utility>

namespace flux::cache {

/// One shard's. Thread: its shard's.
class MemoryCacheSet::View final : public Cache {
public:
    View(Shard& shard, Shard& home, std::shared_ptr<MemoryStore> store, const CacheOptions& options)
        : shard_(shard),
          home_(home),
          store_(std::move(store)),
          budget_(options.budget),
          asked_out_(shard.io()) {
        asked_out_.expires_at(SteadyTime::max());
    }

    Task<std::optional<std::string>> Get(std::string key) override {
        return Ask([key = std::move(key)](MemoryStore& store) { return store.Get(key); }, budget_);
    }

    Task<std::optional<std::string>> Take(
        std::string key, std::string mark, std::chrono::seconds ttl, Milliseconds budget
    ) override {
        return Ask(
            [key = std::move(key), mark = std::move(mark), ttl](MemoryStore& store) {
                return store.Take(key, mark, ttl);
            },
            budget
        );
    }

    bool SetRanked(std::string key, std::string value, std::chrono::seconds ttl, StoreDone done)
        override {
        FLUX_ASSERT(ttl.count() > 0 && !value.empty());
        if (IsTooLarge(key, value)) return false;
        const bool told =
            Tell([store = store_, key = std::move(key), value = std::move(value), ttl]() mutable {
                store->SetRanked(key, std::move(value), ttl);
            });
        // A letter that is posted arrives.
        if (told && done) done(true);
        return told;
    }

    void OnBack(std::function<void()>) override {}  // it is never away

    void Set(std::string key, std::string value, std::chrono::seconds ttl) override {
        FLUX_ASSERT(ttl.count() > 0);
        if (value.empty()) return Delete(std::move(key));
        if (IsTooLarge(key, value)) return;
        Tell([store = store_, key = std::move(key), value = std::move(value), ttl]() mutable {
            store->Set(key, std::move(value), ttl);
        });
    }

    void Delete(std::string key) override {
        Tell([store = store_, key = std::move(key)] { store->Delete(key); });
    }

    Task<> Stop() {
        stopped_ = true;
        while (asking_ != 0) {
            boost::system::error_code ignored;
            co_await asked_out_.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, ignored)
            );
        }
    }

    const CacheStats& stats() const { return stats_; }  // any thread

private:
    using Value = std::optional<std::string>;
    using Question = std::function<Value(MemoryStore&)>;

    bool IsTooLarge(const std::string& key, const std::string& value) {
        const bool too_large =
            key.size() > limits::kCacheKeyBytesMax || value.size() > limits::kCacheValueBytesMax;
        if (too_large) stats_.writes_dropped.Add();
        return too_large;
    }

    bool home() const { return &shard_ == &home_; }

    bool Tell(UniqueFunction<void()> work) {
        bool done = !stopped_;
        if (done && home()) {
            work();
        } else if (done) {
            done = home_.Post(std::move(work));
        }
        (done ? stats_.writes : stats_.writes_dropped).Add();
        return done;
    }

    Task<Value> Ask(Question read, Milliseconds budget) {
        if (stopped_) {
            stats_.away.Add();
            co_return std::nullopt;
        }
        if (home()) co_return Counted(read(*store_));
        auto slot = std::make_shared<AnswerSlot<Value>>(shard_);
        // One answer per question, so the way back needs no bound of its own.
        UniqueFunction<void()> question =
            [store = store_, shard = &shard_, read = std::move(read), slot]() mutable {
                shard->PostReserved([slot = std::move(slot), value = read(*store)]() mutable {
                    slot->Fill(std::move(value));
                });
            };
        if (!home_.Post(std::move(question))) {
            stats_.away.Add();
            co_return std::nullopt;
        }
        ++asking_;
        std::optional<Value> answer = co_await slot->Wait(budget);
        if (--asking_ == 0) asked_out_.cancel();
        if (answer) co_return Counted(*std::move(answer));
        stats_.late.Add();
        co_return std::nullopt;
    }

    Value Counted(Value value) {
        (value ? stats_.hits : stats_.misses).Add();
        return value;
    }

    Shard& shard_;
    Shard& home_;
    const std::shared_ptr<MemoryStore> store_;
    const Milliseconds budget_;
    CacheStats stats_;
    std::size_t asking_ = 0;
    bool stopped_ = false;
    boost::asio::steady_timer asked_out_;
};

MemoryCacheSet::MemoryCacheSet(
    ShardSet& shards,
    const MemoryCacheOptions& options,
    const CacheOptions& cache_options,
    MetricRegistry& metrics
)
    : store_(std::make_shared<MemoryStore>(options.bytes_max, shards[0].clock())) {
    for (std::size_t shard = 0; shard < shards.size(); ++shard)
        views_.push_back(std::make_unique<View>(shards[shard], shards[0], store_, cache_options));
    metrics_ = metrics.Add([this](MetricWriter& out) {
        out.Write("cache_entries", "Values kept in memory", store_->stats().entries);
        out.Write("cache_bytes", "Bytes of values kept in memory", store_->stats().bytes);
        out.Write("cache_evicted", "Values that made room for newer ones", store_->stats().evicted);
        for (std::size_t shard = 0; shard < views_.size(); ++shard)
            Describe(out, views_[shard]->stats(), shard);
    });
}

MemoryCacheSet::~MemoryCacheSet() = default;

Task<> MemoryCacheSet::Start() {
    co_return;
}

Task<> MemoryCacheSet::Stop() {
    return views_[Shard::Current()->id().value()]->Stop();
}

Cache& MemoryCacheSet::Of(ShardId shard) {
    return *views_[shard.value()];
}

}  // namespace flux::cache
