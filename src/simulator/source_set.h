// All simulated sources of one simulator.
#pragma once

#include "base/metrics.h"
#include "simulator/coinbase/exchange.h"
#include "simulator/key_ring.h"
#include "simulator/recorded_bodies.h"
#include "simulator/source.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

struct SourceSetOptions {
    ExchangeOptions exchange;                       ///< its seed is everybody's
    Milliseconds coingecko_refresh{60'000};         ///< how old its answers may be
    std::vector<std::string> refused_keys;          ///< beside "refused-key"
    std::vector<Recording> prices;                  ///< played by the exchange
    std::optional<RecordedBodies> recorded_bodies;  ///< answered by the other sources
};

/// Owns Coinbase, OpenWeatherMap, CoinGecko, Frankfurter, Finnhub and NewsData. Lives on one shard
/// and is used on its thread only, unless a member says otherwise.
class SourceSet {
public:
    SourceSet(Shard& shard, SourceSetOptions options);
    SourceSet(const SourceSet&) = delete;
    SourceSet& operator=(const SourceSet&) = delete;
    ~SourceSet();

    /// The source that is mounted at a path: the longest prefix wins, and Coinbase has the root.
    Source& At(std::string_view path);

    /// nullptr when there is none of that name.
    Source* Find(std::string_view name);

    /// Puts a fault up at one source, or at all. Errors: kBadInput for a source there is not, or a
    /// fault the source does not have.
    Result<void> Inject(const Fault& fault);

    /// Ends the faults of one source, or of all. Errors: kBadInput for a source there is not.
    Result<void> ClearFaults(std::string_view source);

    /// Another figure for a limit. Errors: kBadInput, kNotFound, naming what there is.
    Result<void> SetLimit(std::string_view source, std::string_view rule, std::uint64_t most);

    std::string FaultsJson() const;
    std::string LimitsJson() const;
    std::string StateJson() const;

    KeyRing& keys() { return keys_; }
    Exchange& exchange() { return *exchange_; }
    const Exchange& exchange() const { return *exchange_; }
    Shard& shard() { return exchange_->shard(); }

    /// Any thread.
    void Describe(MetricWriter& out) const;

private:
    std::string Names() const;

    KeyRing keys_;
    std::optional<RecordedBodies> recorded_;
    std::unique_ptr<Exchange> exchange_;
    std::vector<std::unique_ptr<Source>> others_;
    std::vector<Source*> all_;  // the exchange first
};

}  // namespace flux::simulator
