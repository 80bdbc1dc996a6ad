#include "gateway/session_cache.h"

#include "limits/limits.h"

#include <memory>
#include <utility>

namespace flux::gateway {
namespace {

static_assert(limits::kKeptSessionBytesMax <= limits::kCacheValueBytesMax);

/// A client that waits for its CONNECT is not in a hurry; thousands may ask at once.
constexpr Milliseconds kTakeTimeMax{1'000};

std::string KeyOf(std::string_view pid) {
    std::string key(kSessionKeyHead);
    key += pid;
    return key;
}

class SessionCache final : public socketio::SessionArchive {
public:
    explicit SessionCache(cache::Cache& cache)
        : cache_(cache) {}

    Task<std::optional<std::string>> Take(std::string pid) override {
        return cache_.Take(KeyOf(pid), kTakeTimeMax);
    }

    void Put(std::string pid, std::string session, std::chrono::seconds ttl) override {
        cache_.Set(KeyOf(pid), std::move(session), ttl);
    }

private:
    cache::Cache& cache_;
};

}  // namespace

socketio::SessionArchiveFactory SessionsIn(cache::CacheSet& caches) {
    return
        [&caches](Shard& shard) { return std::make_shared<SessionCache>(caches.Of(shard.id())); };
}

}  // namespace flux::gateway
