#include "gateway/session_cache.h"

#include "limits/limits.h"

#include <functional>
#include <memory>
#include <utility>

namespace flux::gateway {
namespace {

static_assert(limits::kKeptSessionBytesMax <= limits::kCacheValueBytesMax);

/// A client that waits for its CONNECT is not in a hurry; thousands may ask at once.
constexpr Milliseconds kTakeTimeMax{1'000};

/// A server that has taken a session writes it within the time a claim may wait for its shard. One
/// that ended meanwhile keeps the session from the others so long.
constexpr std::chrono::seconds kTakenTime{5};

std::string KeyOf(std::string_view pid) {
    std::string key(kSessionKeyHead);
    key += pid;
    return key;
}

class SessionCache final : public socketio::SessionArchive {
public:
    explicit SessionCache(cache::Cache& cache)
        : cache_(cache) {}

    Task<std::optional<std::string>> Take(std::string pid, std::string mark) override {
        return cache_.Take(KeyOf(pid), std::move(mark), kTakenTime, kTakeTimeMax);
    }

    bool Put(
        std::string pid,
        std::string session,
        std::chrono::seconds ttl,
        std::function<void(bool)> done
    ) override {
        return cache_.SetRanked(KeyOf(pid), std::move(session), ttl, std::move(done));
    }

    void OnBack(std::function<void()> listener) override { cache_.OnBack(std::move(listener)); }

private:
    cache::Cache& cache_;
};

}  // namespace

socketio::SessionArchiveFactory SessionsIn(cache::CacheSet& caches) {
    return
        [&caches](Shard& shard) { return std::make_shared<SessionCache>(caches.Of(shard.id())); };
}

}  // namespace flux::gateway
