// Coinbase's Exchange feed as the service sees it: products in, tickers out.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "feeds/crypto/coinbase_connection.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/crypto/crypto_stats.h"
#include "feeds/crypto/tick_coalescer.h"
#include "feeds/upstream/rate_limiter.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

#include <memory>
#include <string>
#include <vector>

namespace flux::feeds {

/// Spreads the products over connections and keeps each of them alive. Where the feed is comes from
/// the options alone.
///
/// Thread: its shard's. Stop before destroying.
class CoinbaseStream {
public:
    /// `options` have passed Check; everything referenced outlives the stream. `trust` is for wss.
    CoinbaseStream(
        Shard& shard,
        const CryptoOptions& options,
        net::Url url,
        std::shared_ptr<const net::TlsTrust> trust,
        Random& random,
        TickCoalescer& coalescer,
        CryptoStats& stats
    );

    void Start();

    /// From now on these as well (and none that an earlier call named), over a connection of their
    /// own. Products of the options are carried already and make no difference.
    void Follow(std::vector<std::string> products);

    /// Says goodbye on every connection; returns when all are closed.
    Task<> Stop();

    std::size_t connections() const { return connections_.size(); }

private:
    Task<> Change();
    Task<> LeaveFollowed();

    RateLimiter connects_;
    StreamShared shared_;
    std::vector<std::unique_ptr<CoinbaseConnection>> connections_;
    std::vector<std::string> wanted_;    // beside those of the options
    std::vector<std::string> followed_;  // what `following_` carries
    std::unique_ptr<CoinbaseConnection> following_;
    bool changing_ = false;
    TaskGroup tasks_;
    TaskGroup following_tasks_;
};

}  // namespace flux::feeds
