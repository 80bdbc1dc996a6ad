// The largest coins that are traded, made anew every few hours.
#pragma once

#include "base/clock.h"
#include "cache/cache.h"
#include "contract/top_coins.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/crypto/exchange_rate.h"
#include "feeds/crypto/market_source.h"
#include "feeds/crypto/market_stats.h"
#include "feeds/crypto/product_catalog.h"
#include "feeds/upstream/upstream_error.h"
#include "runtime/task.h"

#include <memory>
#include <optional>
#include <variant>

namespace flux::feeds {

/// Keeps the list of top coins: CoinGecko's markets that Coinbase trades against the dollar, in
/// rupees at Frankfurter's rate. It is made anew when it is older than options.top_coins_rebuild;
/// while a source fails the old one stands, for options.top_coins_age_max at most. Thread: its
/// shard's; one Read at a time.
class TopCoinsBook {
public:
    struct Reading {
        std::shared_ptr<const contract::TopCoinsEvent> coins;  ///< at least one coin; null: none
        std::optional<UpstreamError> error;                    ///< why there is none, or an old one
    };

    /// References outlive it. `cache` (may be null) keeps the list for instances that start.
    TopCoinsBook(
        const CryptoOptions& options,
        MarketSource& markets,
        ProductCatalog& catalog,
        ExchangeRate& rate,
        cache::Cache* cache,
        const Clock& clock,
        MarketStats& stats
    );

    Task<Reading> Read();

private:
    Task<std::optional<UpstreamError>> Rebuild();
    Task<> Recall();
    void Keep(contract::TopCoinsEvent coins);

    const CryptoOptions& options_;
    MarketSource& markets_;
    ProductCatalog& catalog_;
    ExchangeRate& rate_;
    cache::Cache* const cache_;
    const Clock& clock_;
    MarketStats& stats_;
    std::shared_ptr<const contract::TopCoinsEvent> coins_;
    SteadyTime kept_at_;    // when coins_ were made, or read from the cache
    bool rebuilt_ = false;  // coins_ were made here
    bool recalled_ = false;
};

}  // namespace flux::feeds
