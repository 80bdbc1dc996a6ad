// The simulated exchange: a market and the clients that watch it.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "base/metrics.h"
#include "base/units.h"
#include "limits/limits.h"
#include "net/http.h"
#include "runtime/shard.h"
#include "runtime/timer_wheel.h"
#include "simulator/coinbase/feed_session.h"
#include "simulator/coinbase/market.h"
#include "simulator/coinbase/request_budget.h"
#include "simulator/source.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace flux::simulator {

/// How the exchange behaves when nothing is wrong; the defaults are the vendor's.
struct ExchangeOptions {
    std::uint64_t seed = 1;
    double speed = 60;      ///< of recordings: a bar of a minute lasts a second
    Milliseconds step{50};  ///< how often the market moves
    Milliseconds heartbeat{1'000};
    Milliseconds first_message_time_max{5'000};
    double connects_per_second = 8;  ///< WebSocket connections per address
    double connects_burst = 20;
    double requests_per_second = 10;  ///< REST requests per address
    double requests_burst = 15;
    std::size_t messages_per_second = 100;  ///< that one client may send
    std::size_t message_bytes_max = 64 * KiB;
    std::size_t queue_bytes_max =
        limits::kSimulatorQueueBytesMax;  ///< per client; above it the client is too slow
    std::size_t sessions_max = 1000;
};

struct ExchangeStats {
    Counter sessions;  ///< opened
    Counter declined;  ///< handshakes answered 429 or 503
    Counter subscribes;
    Counter tickers;  ///< frames sent, over all sessions
    Counter heartbeats;
    Counter requests;  ///< REST
    Counter slow_sessions;
    Counter first_message_missing;
    Gauge sessions_open;
};
void Describe(MetricWriter& out, const ExchangeStats& stats);

/// Coinbase Exchange: the feed at "/", and GET /products, /products/{id}, /products/{id}/ticker and
/// /products/{id}/candles. Lives on one shard and is used on its thread only, unless a member says
/// otherwise.
class Exchange final : public Source {
public:
    Exchange(
        Shard& shard,
        const World& world,
        const ExchangeOptions& options,
        std::vector<Recording> recordings
    );
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange() override;

    /// The market begins to move.
    void Start();

    /// It stands still; every client gets a goodbye (1001).
    void Stop();

    /// A handshake at "/", or a REST request.
    void Handle(net::HttpConnection& connection, const net::HttpRequest& request) override;

    /// Puts a fault up, and does what takes effect at once.
    void Inject(const Fault& fault) override;

    void AppendState(JsonText& json) const override;

    // For its sessions.
    std::string ProductToRefuse(const FeedRequest& request);
    void SendFirstTicker(FeedSession& session, const std::string& product);
    void Forget(const FeedSession& session);

    Shard& shard() { return shard_; }
    Market& market() { return market_; }
    const Market& market() const { return market_; }
    ExchangeStats& stats() { return stats_; }
    const ExchangeStats& stats() const { return stats_; }  // any thread
    const ExchangeOptions& options() const { return options_; }

private:
    Answer Refusal(int status, std::optional<int> retry_after) override;
    std::optional<Answer> Admit(const Ask& ask) override;
    Answer Serve(const Ask& ask) override;
    const BodyShape& shape() const override;
    void OnHandshake(net::HttpConnection& connection, const net::HttpRequest& request);
    Answer Product(const Ask& ask);
    void OnStep();
    void OnHeartbeat();
    void OnTrade(const Quote& quote);
    void SendOddities(const Quote& quote, const std::vector<FeedSession*>& watchers);
    bool Muted(const Quote& quote) const;
    void SendAll(const std::vector<FeedSession*>& watchers, const SharedBytes& frame);
    void EndSessions(const Fault& fault);
    std::string NextGarbage(const Quote& quote);

    Shard& shard_;
    const ExchangeOptions options_;
    ExchangeStats stats_;
    Market market_;
    RequestBudget connects_;
    RequestBudget requests_;
    std::map<std::uint64_t, std::unique_ptr<FeedSession>> sessions_;
    std::uint64_t next_session_ = 1;
    std::uint64_t next_garbage_ = 0;
    SteadyTime stepped_;
    MemberTimer<Exchange, &Exchange::OnStep> step_{*this};
    MemberTimer<Exchange, &Exchange::OnHeartbeat> heartbeat_{*this};
};

}  // namespace flux::simulator
