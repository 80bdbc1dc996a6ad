#include "cache/valkey_cache.h"

#include "base/assert.h"
#include "base/random.h"
#include "base/rank.h"
#include "limits/limits.h"

#include <utility>

namespace flux::cache {

using valkey::Command;
using valkey::FormatCommand;
using valkey::Reply;

namespace {

static_assert(kRankDigits == 16, "the scripts say so too");

// What is no ranked value is read, and may be written over, but is not taken.
constexpr std::string_view kTakeScript = R"(local there = redis.call('GET', KEYS[1])
if not there then return '' end
local rank = tonumber(string.sub(there, 1, 16), 16)
if rank and rank % 2 == 0 then
  redis.call('SET', KEYS[1], string.format('%016x', rank + 1) .. ARGV[1], 'EX', ARGV[2])
end
return there)";

constexpr std::string_view kSetRankedScript =
    R"(local there = redis.call('GETRANGE', KEYS[1], 0, 15)
local rank = tonumber(there, 16)
if #there == 16 and rank and rank > tonumber(string.sub(ARGV[1], 1, 16), 16) then return 'OLD' end
return redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]))";

}  // namespace

// GETRANGE instead of GET: a value that is too large is not even sent.
Task<std::optional<std::string>> ValkeyCache::Get(std::string key) {
    Command command =
        FormatCommand({"GETRANGE", key, "0", std::to_string(limits::kCacheValueBytesMax)});
    co_return co_await Ask(std::move(command), budget_);
}

Task<std::optional<std::string>> ValkeyCache::Take(
    std::string key, std::string mark, std::chrono::seconds ttl, Milliseconds budget
) {
    Command command =
        FormatCommand({"EVAL", kTakeScript, "1", key, mark, std::to_string(ttl.count())});
    co_return co_await Ask(std::move(command), budget);
}

bool ValkeyCache::SetRanked(
    std::string key, std::string value, std::chrono::seconds ttl, StoreDone done
) {
    FLUX_ASSERT(ttl.count() > 0 && !value.empty());
    if (IsTooLarge(key, value)) return false;
    return Tell(
        FormatCommand({"EVAL", kSetRankedScript, "1", key, value, std::to_string(ttl.count())}),
        std::move(done)
    );
}

bool ValkeyCache::IsTooLarge(const std::string& key, const std::string& value) {
    const bool too_large =
        key.size() > limits::kCacheKeyBytesMax || value.size() > limits::kCacheValueBytesMax;
    if (too_large) stats_.writes_dropped.Add();
    return too_large;
}

Task<std::optional<std::string>> ValkeyCache::Ask(Command command, Milliseconds budget) {
    Result<Reply> reply = co_await client_.Ask(std::move(command), budget);
    if (!reply) {
        const ErrorCode code = reply.error().code;
        const bool unasked = code == ErrorCode::kFull || code == ErrorCode::kUnknown ||
                             code == ErrorCode::kUnavailable;
        (code == ErrorCode::kTimeout ? stats_.late : unasked ? stats_.away : stats_.refused).Add();
        co_return std::nullopt;
    }
    if (reply->text.size() > limits::kCacheValueBytesMax) {
        stats_.refused.Add();
        co_return std::nullopt;
    }
    if (reply->text.empty()) {
        stats_.misses.Add();
        co_return std::nullopt;
    }
    stats_.hits.Add();
    co_return std::move(reply->text);
}

void ValkeyCache::Set(std::string key, std::string value, std::chrono::seconds ttl) {
    FLUX_ASSERT(ttl.count() > 0);
    if (value.empty()) return Delete(std::move(key));
    if (IsTooLarge(key, value)) return;
    Tell(FormatCommand({"SET", key, value, "EX", std::to_string(ttl.count())}));
}

void ValkeyCache::Delete(std::string key) {
    Tell(FormatCommand({"DEL", key}));
}

bool ValkeyCache::Tell(Command command, StoreDone done) {
    const bool told = client_.Tell(std::move(command), std::move(done));
    (told ? stats_.writes : stats_.writes_dropped).Add();
    return told;
}

struct ValkeyCacheSet::View {
    View(
        Shard& shard,
        const valkey::ValkeyOptions& options,
        std::shared_ptr<const net::TlsTrust> trust,
        valkey::ValkeyHealth& health,
        const CacheOptions& cache_options
    )
        : client(shard, options, std::move(trust), health, valkey_stats, SecureRandomSeed()),
          cache(client, cache_options.budget, cache_stats) {}

    valkey::ValkeyStats valkey_stats;
    CacheStats cache_stats;
    valkey::ValkeyClient client;
    ValkeyCache cache;
};

Result<std::unique_ptr<ValkeyCacheSet>> ValkeyCacheSet::Make(
    ShardSet& shards,
    valkey::ValkeyOptions options,
    const CacheOptions& cache_options,
    MetricRegistry& metrics
) {
    std::shared_ptr<const net::TlsTrust> trust;
    if (options.tls) {
        auto loaded = net::TlsTrust::Of(options.ca_file);
        if (!loaded) return loaded.error();
        trust = *std::move(loaded);
    }
    return std::unique_ptr<ValkeyCacheSet>(
        new ValkeyCacheSet(shards, std::move(options), trust, cache_options, metrics)
    );
}

ValkeyCacheSet::ValkeyCacheSet(
    ShardSet& shards,
    valkey::ValkeyOptions options,
    const std::shared_ptr<const net::TlsTrust>& trust,
    const CacheOptions& cache_options,
    MetricRegistry& metrics
)
    : options_(std::move(options)),
      health_(options_.host + ":" + std::to_string(options_.port), shards[0].clock()) {
    for (std::size_t shard = 0; shard < shards.size(); ++shard) {
        views_.push_back(
            std::make_unique<View>(shards[shard], options_, trust, health_, cache_options)
        );
    }
    metrics_ = metrics.Add([this](MetricWriter& out) {
        out.Write("valkey_outages", "Times Valkey stopped answering", health_.outages());
        for (std::size_t shard = 0; shard < views_.size(); ++shard) {
            valkey::Describe(out, views_[shard]->valkey_stats, shard);
            Describe(out, views_[shard]->cache_stats, shard);
        }
    });
}

ValkeyCacheSet::~ValkeyCacheSet() = default;

Task<> ValkeyCacheSet::Start() {
    return views_[Shard::Current()->id().value()]->client.Start();
}

Task<> ValkeyCacheSet::Stop() {
    return views_[Shard::Current()->id().value()]->client.Stop();
}

Cache& ValkeyCacheSet::Of(ShardId shard) {
    return views_[shard.value()]->cache;
}

}  // namespace flux::cache
