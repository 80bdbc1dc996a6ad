// The stock domain: quotes of many shares, the best and worst of them onto the bus.
#pragma once

#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "cache/cache.h"
#include "contract/stock.h"
#include "feeds/stock/quote_batch.h"
#include "feeds/stock/stock_options.h"
#include "feeds/stock/stock_stats.h"
#include "feeds/upstream/scheduled_domain.h"
#include "runtime/patience.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <cstdint>
#include <optional>
#include <string>

namespace flux::feeds {

/// Finnhub -> QuoteBatch -> topic stock.service.event.updated, on schedule and on command C4. It
/// lives on one shard; a source that cannot be reached, or has no key, does not keep it from
/// starting. A batch with too few quotes is not published: what was published before stands.
///
/// Thread: `shard`'s, but for the constructor and destructor, which any thread may call before
/// Start and after Stop. Lifecycle: Start once, Stop once, destroy.
class StockService {
public:
    /// Everything referenced outlives the service. `seed` decides the jitter of its back-off.
    /// `cache`: of `shard`, or null; it keeps the newest batch for instances that start.
    StockService(
        Shard& shard,
        bus::EventBus& bus,
        StockOptions options,
        MetricRegistry& metrics,
        std::uint64_t seed,
        cache::Cache* cache = nullptr
    );
    StockService(const StockService&) = delete;
    StockService& operator=(const StockService&) = delete;
    ~StockService();

    /// Errors: kBadInput (options), kNotFound or kUnavailable (certificates), those of
    /// EventBus::EnsureTopic and Subscribe, once `patience` ends.
    Task<Result<void>> Start(Patience patience = Patience());

    /// Cancels a batch under way. Idempotent.
    Task<> Stop();

    const StockStats& stats() const { return stats_; }                             // any thread
    const RefreshStats& refresh_stats() const { return domain_.refresh_stats(); }  // any thread

private:
    Task<RefreshEnd> Refresh(RefreshCause cause);
    Task<std::optional<contract::StockEvent>> Young(RefreshCause cause);
    Task<RefreshEnd> Conclude(BatchOutcome outcome);
    void Keep(const contract::StockEvent& event, const std::string& payload);
    void WarnOfUnknown(const BatchOutcome& outcome);
    void SayDegraded(const BatchOutcome& outcome);
    void SayFailed(const BatchOutcome& outcome);

    Shard& shard_;
    const StockOptions options_;
    cache::Cache* const cache_;
    StockStats stats_;
    Random random_;
    ScheduledDomain domain_;
    std::optional<contract::StockEvent> newest_;
    bool first_batch_ = true;
    bool unknown_logged_ = false;
    MetricRegistry::Registration registration_;  // last: nobody scrapes what is being destroyed
};

}  // namespace flux::feeds
