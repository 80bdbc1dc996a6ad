// The products Coinbase trades.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/crypto/crypto_stats.h"
#include "feeds/crypto/market_ranking.h"
#include "feeds/upstream/single_flight.h"
#include "feeds/upstream/upstream_client.h"
#include "feeds/upstream/upstream_error.h"
#include "feeds/upstream/upstream_stats.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"
#include "runtime/backoff.h"
#include "runtime/task.h"

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace flux::feeds {

/// What can be traded now (online and not disabled).
struct TradedProducts {
    std::set<std::string, std::less<>> ids;
    ProductsByBase usd_by_base;  ///< those that are paid in US dollars
};

/// Reads an answer of GET /products. Entries that are malformed are left out. Errors: kBadInput
/// when it is no JSON array of objects. Thread: any.
Result<TradedProducts> DecodeTradedProducts(std::string_view body, std::size_t bytes_max);

/// The product list, read when somebody needs it. Each time it is read, it warns about configured
/// products that do not exist: a misspelt product would otherwise only be noticed by its absence.
/// It stops nothing: the stream runs meanwhile.
///
/// Thread: its shard's.
class ProductCatalog {
public:
    using Answer = std::variant<std::shared_ptr<const TradedProducts>, UpstreamError>;

    /// `options` and the rest outlive it. `base` is the REST base URL.
    ProductCatalog(
        const CryptoOptions& options,
        net::Url base,
        std::shared_ptr<const net::TlsTrust> trust,
        const Clock& clock,
        Random& random,
        CryptoStats& stats,
        UpstreamStats& upstream_stats
    );

    /// Reads the list at the start, so that the configured products are compared. A list that
    /// cannot be had is asked for again, after Retry-After when the server names one. Runs until
    /// the list was read, or it is cancelled.
    Task<> Run();

    /// The list, asked for unless it was read within `age_max`. Those who ask meanwhile wait for
    /// the same answer.
    Task<Answer> Traded(Milliseconds age_max);

private:
    Task<Answer> Ask();
    void Compare(const TradedProducts& traded);

    const CryptoOptions& options_;
    const Clock& clock_;
    CryptoStats& stats_;
    UpstreamClient client_;
    SingleFlight<Answer> flight_;
    Backoff backoff_;
    std::shared_ptr<const TradedProducts> traded_;
    SteadyTime read_at_;
    bool failure_logged_ = false;
    std::string unlisted_;  // as it was logged
};

}  // namespace flux::feeds
