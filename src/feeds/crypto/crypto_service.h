// The crypto domain: live prices from the exchange onto the bus.
#pragma once

#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "cache/cache.h"
#include "feeds/crypto/coinbase_stream.h"
#include "feeds/crypto/crypto_health.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/crypto/crypto_stats.h"
#include "feeds/crypto/market_feed.h"
#include "feeds/crypto/market_stats.h"
#include "feeds/crypto/product_catalog.h"
#include "feeds/crypto/tick_coalescer.h"
#include "feeds/upstream/status_publisher.h"
#include "runtime/patience.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <cstdint>
#include <memory>

namespace flux::feeds {

/// CoinbaseStream -> TickCoalescer -> topic crypto.ticker.event.updated; MarketFeed -> movers and
/// top coins, by schedule and on command; and how the domain does. It lives on one shard; a source
/// that cannot be reached does not keep it from starting.
///
/// Thread: `shard`'s, but for the constructor and destructor, which any thread may call before
/// Start and after Stop. Lifecycle: Start once, Stop once, destroy.
class CryptoService {
public:
    /// Everything referenced outlives the service. `seed` decides the jitter of its back-off.
    /// `cache`: of `shard`, or null; it keeps the top coins for instances that start.
    CryptoService(
        Shard& shard,
        bus::EventBus& bus,
        CryptoOptions options,
        MetricRegistry& metrics,
        std::uint64_t seed,
        cache::Cache* cache = nullptr
    );
    CryptoService(const CryptoService&) = delete;
    CryptoService& operator=(const CryptoService&) = delete;
    ~CryptoService();

    /// Errors: kBadInput (options), kNotFound or kUnavailable (certificates), those of
    /// EventBus::EnsureTopic and Subscribe, once `patience` ends.
    Task<Result<void>> Start(Patience patience = Patience());

    /// No new frames, goodbye to the exchange, then nothing more is published. Idempotent.
    Task<> Stop();

    const CryptoStats& stats() const { return stats_; }                // any thread
    const MarketStats& market_stats() const { return market_stats_; }  // any thread

private:
    Result<void> Build();
    Task<Result<void>> EnsureTopics(const Patience& patience);

    Shard& shard_;
    bus::EventBus& bus_;
    const CryptoOptions options_;
    MetricRegistry& metrics_;
    cache::Cache* const cache_;
    CryptoStats stats_;
    MarketStats market_stats_;
    Random random_;
    StatusPublisher status_;
    CryptoHealth health_;
    std::unique_ptr<TickCoalescer> coalescer_;
    std::unique_ptr<CoinbaseStream> stream_;
    std::unique_ptr<ProductCatalog> catalog_;
    std::unique_ptr<MarketFeed> markets_;
    TaskGroup tasks_;
    // Last: nobody scrapes what is being destroyed.
    MetricRegistry::Registration registration_;
    MetricRegistry::Registration markets_registration_;
};

}  // namespace flux::feeds
