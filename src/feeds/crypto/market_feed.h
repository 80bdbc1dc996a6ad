// Movers and top coins: CoinGecko's markets onto the bus, on schedule and on command.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "bus/event_bus.h"
#include "cache/cache.h"
#include "feeds/crypto/crypto_health.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/crypto/exchange_rate.h"
#include "feeds/crypto/market_source.h"
#include "feeds/crypto/market_stats.h"
#include "feeds/crypto/product_catalog.h"
#include "feeds/crypto/top_coins_book.h"
#include "feeds/upstream/refresh_loop.h"
#include "net/client/tls_trust.h"
#include "runtime/patience.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <memory>

namespace flux::feeds {

/// MarketSource -> ranking -> E2, and TopCoinsBook -> E3, each by a RefreshLoop. What cannot be
/// made is not published: the last event stands, and CryptoHealth says why. Thread: its shard's.
/// Lifecycle: Start once, Stop once, destroy.
class MarketFeed {
public:
    /// `options` have passed Check and name the three sources; references outlive the feed; `cache`
    /// may be null.
    MarketFeed(
        Shard& shard,
        bus::EventBus& bus,
        const CryptoOptions& options,
        std::shared_ptr<const net::TlsTrust> trust,
        ProductCatalog& catalog,
        cache::Cache* cache,
        CryptoHealth& health,
        Random& random,
        MarketStats& stats
    );

    /// Errors: those of RefreshLoop::Start; then Stop has to be called all the same.
    Task<Result<void>> Start(Patience patience);
    Task<> Stop();

    const RefreshStats& movers_stats() const { return movers_loop_.stats(); }        // any thread
    const RefreshStats& top_coins_stats() const { return top_coins_loop_.stats(); }  // any thread

private:
    Task<RefreshEnd> RefreshMovers();
    Task<RefreshEnd> RefreshTopCoins();

    const Clock& clock_;
    const CryptoOptions& options_;
    CryptoHealth& health_;
    MarketStats& stats_;
    MarketSource markets_;
    ExchangeRate rate_;
    TopCoinsBook book_;
    RefreshLoop movers_loop_;
    RefreshLoop top_coins_loop_;
};

}  // namespace flux::feeds
