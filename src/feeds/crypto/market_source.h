// CoinGecko's list of markets, asked for once by all who need it.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/crypto/market_row.h"
#include "feeds/crypto/market_stats.h"
#include "feeds/upstream/single_flight.h"
#include "feeds/upstream/upstream_client.h"
#include "feeds/upstream/upstream_error.h"
#include "net/client/tls_trust.h"
#include "runtime/task.h"

#include <memory>
#include <variant>
#include <vector>

namespace flux::feeds {

struct Markets {
    std::shared_ptr<const std::vector<MarketRow>> rows;  ///< at least one, largest first
    bool from_cache = false;                             ///< not asked for just now
};

/// One call serves movers and top coins: the answer is kept for options.markets_max_age, because
/// the vendor's own data changes no more often. Thread: its shard's.
class MarketSource {
public:
    using Answer = std::variant<Markets, UpstreamError>;

    /// `options` have passed Check; references outlive it.
    MarketSource(
        const CryptoOptions& options,
        std::shared_ptr<const net::TlsTrust> trust,
        const Clock& clock,
        Random& random,
        MarketStats& stats
    );

    Task<Answer> Get();

private:
    Task<Answer> Ask();

    const CryptoOptions& options_;
    const Clock& clock_;
    MarketStats& stats_;
    UpstreamClient client_;
    SingleFlight<Answer> flight_;
    std::shared_ptr<const std::vector<MarketRow>> rows_;
    SteadyTime asked_at_;
};

}  // namespace flux::feeds
