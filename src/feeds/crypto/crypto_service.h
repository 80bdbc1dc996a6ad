// The crypto domain: live prices from the exchange onto the bus.
#pragma once

#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "feeds/crypto/coinbase_stream.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/crypto/crypto_stats.h"
#include "feeds/crypto/product_catalog.h"
#include "feeds/crypto/tick_coalescer.h"
#include "runtime/patience.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <cstdint>
#include <memory>

namespace flux::feeds {

/// CoinbaseStream -> TickCoalescer -> topic crypto.ticker.event.updated, and a look at the product
/// list. It lives on one shard; an exchange that cannot be reached does not keep it from starting.
///
/// Thread: `shard`'s, but for the constructor and destructor, which any thread may call before
/// Start and after Stop. Lifecycle: Start once, Stop once, destroy.
class CryptoService {
public:
    /// Everything referenced outlives the service. `seed` decides the jitter of its back-off.
    CryptoService(
        Shard& shard,
        bus::EventBus& bus,
        CryptoOptions options,
        MetricRegistry& metrics,
        std::uint64_t seed
    );
    CryptoService(const CryptoService&) = delete;
    CryptoService& operator=(const CryptoService&) = delete;
    ~CryptoService();

    /// Errors: kBadInput (options), kNotFound or kUnavailable (certificates), those of
    /// EventBus::EnsureTopic, once `patience` ends.
    Task<Result<void>> Start(Patience patience = Patience());

    /// No new frames, goodbye to the exchange, then nothing more is published. Idempotent.
    Task<> Stop();

    const CryptoStats& stats() const { return stats_; }  // any thread

private:
    Result<void> Build();

    Shard& shard_;
    bus::EventBus& bus_;
    const CryptoOptions options_;
    CryptoStats stats_;
    Random random_;
    std::unique_ptr<TickCoalescer> coalescer_;
    std::unique_ptr<CoinbaseStream> stream_;
    std::unique_ptr<ProductCatalog> catalog_;
    TaskGroup tasks_;
    MetricRegistry::Registration registration_;  // last: nobody scrapes what is being destroyed
};

}  // namespace flux::feeds
