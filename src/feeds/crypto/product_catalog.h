// The products Coinbase trades.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/crypto/crypto_stats.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"
#include "runtime/backoff.h"
#include "runtime/task.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace flux::feeds {

/// The ids in an answer of GET /products that can be traded now (online and not disabled). Entries
/// that are malformed are left out. Errors: kBadInput when it is no JSON array of objects.
Result<std::set<std::string, std::less<>>> DecodeTradedProducts(
    std::string_view body, std::size_t bytes_max
);

/// Asks once, at the start, which of the configured products exist, and warns about the others:
/// a misspelt product would otherwise only be noticed by its absence. It stops nothing: the stream
/// runs meanwhile, and a list that cannot be had is asked for again, after Retry-After when the
/// server names one.
///
/// Thread: its shard's.
class ProductCatalog {
public:
    /// `options` and the rest outlive it. `base` is the REST base URL.
    ProductCatalog(
        const CryptoOptions& options,
        net::Url base,
        std::shared_ptr<const net::TlsTrust> trust,
        const Clock& clock,
        Random& random,
        CryptoStats& stats
    );

    /// Runs until the list was read, or it is cancelled.
    Task<> Run();

    /// Whether the list has been read.
    bool read() const { return read_; }

private:
    struct Refused {
        std::string sentence;
        Milliseconds asked_to_wait{0};
    };

    Task<std::optional<Refused>> Ask();
    void Compare(const std::set<std::string, std::less<>>& traded);

    const CryptoOptions& options_;
    const net::Url base_;
    const std::shared_ptr<const net::TlsTrust> trust_;
    const Clock& clock_;
    CryptoStats& stats_;
    Backoff backoff_;
    bool read_ = false;
};

}  // namespace flux::feeds
