// The cache on Valkey or Redis.
#pragma once

#include "base/metrics.h"
#include "base/result.h"
#include "cache/cache_set.h"
#include "cache/cache_stats.h"
#include "runtime/shard_set.h"
#include "valkey/valkey_client.h"
#include "valkey/valkey_health.h"
#include "valkey/valkey_options.h"
#include "valkey/valkey_stats.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace flux::cache {

/// One shard's. Thread: its shard's.
class ValkeyCache final : public Cache {
public:
    /// All references outlive the cache.
    ValkeyCache(valkey::ValkeyClient& client, Milliseconds budget, CacheStats& stats)
        : client_(client),
          budget_(budget),
          stats_(stats) {}

    Task<std::optional<std::string>> Get(std::string key) override;
    Task<std::optional<std::string>> Take(
        std::string key, std::string mark, std::chrono::seconds ttl, Milliseconds budget
    ) override;
    bool SetRanked(std::string key, std::string value, std::chrono::seconds ttl, StoreDone done)
        override;
    void OnBack(std::function<void()> listener) override { client_.OnBack(std::move(listener)); }
    void Set(std::string key, std::string value, std::chrono::seconds ttl) override;
    void Delete(std::string key) override;

private:
    Task<std::optional<std::string>> Ask(valkey::Command command, Milliseconds budget);
    bool IsTooLarge(const std::string& key, const std::string& value);
    bool Tell(valkey::Command command, StoreDone done = nullptr);

    valkey::ValkeyClient& client_;
    const Milliseconds budget_;
    CacheStats& stats_;
};

/// A connection per shard.
class ValkeyCacheSet final : public CacheSet {
public:
    /// Errors: those of net::TlsTrust, for options.ca_file. Connects nowhere yet.
    static Result<std::unique_ptr<ValkeyCacheSet>> Make(
        ShardSet& shards,
        valkey::ValkeyOptions options,
        const CacheOptions& cache_options,
        MetricRegistry& metrics
    );
    ~ValkeyCacheSet() override;

    Task<> Start() override;
    Task<> Stop() override;
    Cache& Of(ShardId shard) override;

    const valkey::ValkeyHealth& health() const { return health_; }  // any thread

private:
    struct View;

    ValkeyCacheSet(
        ShardSet& shards,
        valkey::ValkeyOptions options,
        const std::shared_ptr<const net::TlsTrust>& trust,
        const CacheOptions& cache_options,
        MetricRegistry& metrics
    );

    const valkey::ValkeyOptions options_;
    valkey::ValkeyHealth health_;
    std::vector<std::unique_ptr<View>> views_;
    MetricRegistry::Registration metrics_;  // last: what it reads goes after it
};

}  // namespace flux::cache
