// The news domain: the newest headlines onto the bus.
#pragma once

#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "cache/cache.h"
#include "contract/news.h"
#include "feeds/news/news_options.h"
#include "feeds/news/news_stats.h"
#include "feeds/upstream/scheduled_domain.h"
#include "runtime/patience.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace flux::feeds {

/// NewsData.io -> topic news.service.event.updated, on schedule and on command C5. Every call costs
/// a credit, so an answer is sent again while it is young, and the source's own word on what is
/// left counts beside Flux's. An answer without articles is not published: what was published
/// before stands.
///
/// Thread: `shard`'s, but for the constructor and destructor, which any thread may call before
/// Start and after Stop. Lifecycle: Start once, Stop once, destroy.
class NewsService {
public:
    /// Everything referenced outlives the service. `seed` decides the jitter of its back-off.
    /// `cache`: of `shard`, or null; instances share their answers there.
    NewsService(
        Shard& shard,
        bus::EventBus& bus,
        NewsOptions options,
        MetricRegistry& metrics,
        std::uint64_t seed,
        cache::Cache* cache = nullptr
    );
    NewsService(const NewsService&) = delete;
    NewsService& operator=(const NewsService&) = delete;
    ~NewsService();

    /// Errors: kBadInput (options), kNotFound or kUnavailable (certificates), those of
    /// EventBus::EnsureTopic and Subscribe, once `patience` ends.
    Task<Result<void>> Start(Patience patience = Patience());

    /// Cancels a call under way. Idempotent.
    Task<> Stop();

    const NewsStats& stats() const { return stats_; }                              // any thread
    const RefreshStats& refresh_stats() const { return domain_.refresh_stats(); }  // any thread

private:
    using Cards = std::vector<contract::NewsCard>;

    Task<RefreshEnd> Refresh(RefreshCause cause);
    Task<std::optional<Cards>> Young();
    Task<RefreshEnd> Ask(RefreshCause cause);
    Task<RefreshEnd> PublishCards(Cards cards, RefreshCause cause, bool from_cache);
    void Keep(const Cards& cards);
    void HeedCredits(const net::HttpReply& reply);
    std::optional<UpstreamError> OutOfCredits() const;
    RefreshEnd SayFailed(const UpstreamError& error);

    Shard& shard_;
    const NewsOptions options_;
    cache::Cache* const cache_;
    NewsStats stats_;
    Random random_;
    ScheduledDomain domain_;
    Cards newest_;
    std::optional<SteadyTime> asked_at_;          // when newest_ was answered
    std::optional<WallMillis> credits_again_at_;  // the source said that none are left
    MetricRegistry::Registration registration_;   // last: nobody scrapes what is being destroyed
};

}  // namespace flux::feeds
