// What a dollar costs in rupees, from Frankfurter.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/upstream/upstream_client.h"
#include "feeds/upstream/upstream_error.h"
#include "feeds/upstream/upstream_stats.h"
#include "net/client/tls_trust.h"
#include "runtime/task.h"

#include <memory>
#include <string_view>
#include <variant>

namespace flux::feeds {

/// `rates.INR` of an answer, above 0. Errors: kBadInput, kTooLarge. Thread: any.
Result<double> DecodeInrRate(std::string_view body);

/// Asks for the rate; the vendor has a new one on each working day. The last one is kept and given
/// while the source fails, for options.rate_age_max at most. Thread: its shard's.
class ExchangeRate {
public:
    using Answer = std::variant<double, UpstreamError>;  ///< INR for one USD

    /// `options` have passed Check; references outlive it.
    ExchangeRate(
        const CryptoOptions& options,
        std::shared_ptr<const net::TlsTrust> trust,
        const Clock& clock,
        Random& random,
        UpstreamStats& stats
    );

    Task<Answer> Get();

private:
    const CryptoOptions& options_;
    const Clock& clock_;
    UpstreamClient client_;
    double rate_ = 0;  // 0: none yet
    SteadyTime read_at_;
};

}  // namespace flux::feeds
