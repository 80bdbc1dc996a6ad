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

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace flux::feeds {

/// MarketSource -> ranking -> E2, and TopCoinsBook -> E3, each by a RefreshLoop. What cannot be
/// made is not published: the last event stands, and CryptoHealth says why. Thread: its shard's.
/// Lifecycle: Start once, Stop once, destroy.
class MarketFeed {
public:
    /// Told the products of each list of top coins that any instance publishes.
    using OnTopCoins = std::function<void(std::vector<std::string> products)>;

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
        OnTopCoins on_top_coins,
        Random& random,
        MarketStats& stats
    );

    /// The topics exist. Errors: those of RefreshLoop::Start and EventBus::Subscribe; then Stop has
    /// to be called all the same.
    Task<Result<void>> Start(Patience patience);
    Task<> Stop();

    const RefreshStats& movers_stats() const { return movers_loop_.stats(); }        // any thread
    const RefreshStats& top_coins_stats() const { return top_coins_loop_.stats(); }  // any thread

private:
    Task<Result<void>> ListenToTopCoins();
    void Hear(const std::vector<bus::Message>& batch);
    Task<RefreshEnd> RefreshMovers();
    Task<RefreshEnd> RefreshTopCoins();

    const Clock& clock_;
    bus::EventBus& bus_;
    const CryptoOptions& options_;
    CryptoHealth& health_;
    const OnTopCoins on_top_coins_;
    MarketStats& stats_;
    MarketSource markets_;
    ExchangeRate rate_;
    TopCoinsBook book_;
    RefreshLoop movers_loop_;
    RefreshLoop top_coins_loop_;
    std::unique_ptr<bus::Subscription> listening_;
};

}  // namespace flux::feeds
