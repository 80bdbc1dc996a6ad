// One connection to Coinbase's Exchange feed and the products it carries.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "feeds/crypto/crypto_options.h"
#include "feeds/crypto/crypto_stats.h"
#include "feeds/crypto/exchange_frame.h"
#include "feeds/crypto/tick_coalescer.h"
#include "feeds/upstream/rate_limiter.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"
#include "net/client/ws_client.h"
#include "runtime/backoff.h"
#include "runtime/task.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace flux::feeds {

/// What the connections of one stream share. The referenced things outlive the connections.
struct StreamShared {
    const CryptoOptions& options;
    const net::Url url;
    const std::shared_ptr<const net::TlsTrust> trust;
    const Clock& clock;
    RateLimiter& connects;
    Random& random;
    TickCoalescer& coalescer;
    CryptoStats& stats;
    bool stopping = false;  ///< set before the connections are cancelled
};

/// Why a connection ended; each has its counter.
enum class ConnectionEnd : std::uint8_t {
    kUnreachable,
    kDeclined,
    kLost,
    kSilent,
    kUnacknowledged,
    kProtocol,
    kStopped
};

/// Keeps one connection alive: connects, subscribes to all of its products in one frame, waits for
/// the acknowledgement, hands tickers on, notices silence, and begins again after a back-off, for
/// as long as it runs. Products the feed did not take are asked for again from time to time.
///
/// Thread: its shard's.
class CoinbaseConnection {
public:
    CoinbaseConnection(StreamShared& shared, std::size_t number, std::vector<std::string> products);

    /// Runs until it is cancelled (by the TaskGroup it was spawned in, after StreamShared::stopping
    /// or Leave).
    Task<> Run();

    /// This one is no longer needed. Called before it is cancelled.
    void Leave() { leaving_ = true; }

private:
    struct Product {
        bool confirmed = false;      // the feed said that it sends this product
        std::int64_t sequence = -1;  // of the newest ticker of this connection
    };
    struct Ended {
        ConnectionEnd why;
        std::string sentence;
        Milliseconds asked_to_wait{0};  // Retry-After
    };

    bool stopping() const { return shared_.stopping || leaving_; }
    Task<Ended> RunOnce();
    Task<Ended> Converse(net::WsClient& client);
    Task<Result<void>> AskForMissing(net::WsClient& client);
    Ended NotConnected(const net::WsClient& client, const Error& error) const;
    Ended ReadFailed(const Error& error) const;

    void OnFrame(const net::WsMessage& message);
    void On(ExchangeTicker& ticker);
    void On(const Heartbeat& heartbeat);
    void On(const Subscriptions& subscriptions);
    void On(const FeedError& error);
    void On(const UnknownFrame& frame);
    void OnMalformed(const Error& error);

    void BeginConnection();
    void EndConnection();
    void Count(ConnectionEnd why);
    void LogEnd(const Ended& ended, Milliseconds wait) const;

    StreamShared& shared_;
    CryptoStats& stats_;
    const std::size_t number_;
    const std::vector<std::string> product_ids_;
    std::map<std::string, Product, std::less<>> products_;
    Backoff backoff_;
    bool acknowledged_ = false;      // on the current connection
    bool malformed_logged_ = false;  // on the current connection
    int errors_logged_ = 0;          // on the current connection
    SteadyTime ack_due_;
    SteadyTime ask_again_at_;
    std::size_t missing_ = 0;
    bool leaving_ = false;
};

}  // namespace flux::feeds
