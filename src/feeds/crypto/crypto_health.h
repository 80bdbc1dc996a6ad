// How the crypto domain does as a whole.
#pragma once

#include "base/clock.h"
#include "contract/service_status.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/crypto/crypto_stats.h"
#include "feeds/upstream/status_publisher.h"
#include "feeds/upstream/upstream_error.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <optional>

namespace flux::feeds {

/// The parts of the domain; an error says that one gives nothing, or nothing new.
struct CryptoParts {
    bool tickers_flow = true;
    std::optional<UpstreamError> movers;
    std::optional<UpstreamError> top_coins;
};

/// live: all parts are well; down: neither prices nor movers come; degraded: anything else, with a
/// sentence that says what stands still and what goes on. Thread: any.
contract::ServiceStatus StatusOf(const CryptoParts& parts);

/// Watches the ticker feed, is told of the other parts, and tells everybody. Thread: its shard's.
class CryptoHealth {
public:
    /// References outlive it.
    CryptoHealth(
        Shard& shard,
        const CryptoOptions& options,
        const CryptoStats& stats,
        StatusPublisher& publisher
    );

    void Start();
    Task<> Stop();

    /// How the last try went. An error that is not said again within two intervals is forgotten:
    /// another instance publishes in this one's stead, else this one would have tried again.
    void Movers(std::optional<UpstreamError> error);
    void TopCoins(std::optional<UpstreamError> error);

private:
    Task<> Watch();
    void LookAtTickers();
    void Forget();
    void Tell();

    Shard& shard_;
    const CryptoOptions& options_;
    const CryptoStats& stats_;
    StatusPublisher& publisher_;
    CryptoParts parts_;
    SteadyTime subscribed_at_;  // when at least one connection was
    SteadyTime movers_said_at_;
    SteadyTime top_coins_said_at_;
    TaskGroup tasks_;
};

}  // namespace flux::feeds
