#include "feeds/crypto/coinbase_connection.h"

#include "base/log.h"
#include "base/testpoint.h"
#include "base/units.h"
#include "feeds/upstream/liveness.h"
#include "feeds/upstream/retry_after.h"
#include "runtime/task_group.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

namespace flux::feeds {
namespace {

constexpr Milliseconds kGoodbyeTimeMax{500};

/// Errors of one connection that are logged; a feed may send one for every frame.
constexpr int kErrorsLoggedMax = 5;

std::string Join(const std::vector<std::string>& words) {
    std::string joined;
    for (const std::string& word : words)
        joined += (joined.empty() ? "" : " ") + word;
    return joined;
}

}  // namespace

CoinbaseConnection::CoinbaseConnection(
    StreamShared& shared, std::size_t number, std::vector<std::string> products
)
    : shared_(shared),
      stats_(shared.stats),
      number_(number),
      product_ids_(std::move(products)),
      backoff_(shared.options.reconnect_first, shared.options.reconnect_longest, shared.random) {
    for (const std::string& product : product_ids_)
        products_[product];
}

Task<> CoinbaseConnection::Run() {
    // Cancellation is looked at, not thrown: the goodbye of a stop still has to be sent.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    while (!stopping()) {
        const Milliseconds turn = shared_.connects.Take();
        const bool on_turn = co_await SleepFor(turn);
        if (!on_turn) co_return;
        const Ended ended = co_await RunOnce();
        if (ended.why == ConnectionEnd::kStopped || stopping()) co_return;
        Count(ended.why);
        const Milliseconds wait = std::max(backoff_.Next(), ended.asked_to_wait);
        LogEnd(ended, wait);
        const bool slept = co_await SleepFor(wait);
        if (!slept) co_return;
    }
}

Task<CoinbaseConnection::Ended> CoinbaseConnection::RunOnce() {
    net::WsClientOptions options;
    options.url = shared_.url;
    options.user_agent = shared_.options.user_agent;
    options.trust = shared_.trust;
    options.connect_time_max = shared_.options.connect_time_max;
    options.message_bytes_max = shared_.options.frame_bytes_max;
    net::WsClient client(std::move(options));
    const Result<void> connected = co_await client.Connect();
    if (!connected) co_return NotConnected(client, connected.error());

    BeginConnection();
    Ended ended = co_await Converse(client);
    EndConnection();
    if (ended.why == ConnectionEnd::kStopped) co_await client.Close(kGoodbyeTimeMax);
    co_return ended;
}

Task<CoinbaseConnection::Ended> CoinbaseConnection::Converse(net::WsClient& client) {
    const CryptoOptions& options = shared_.options;
    const std::string subscribe = EncodeSubscribe(product_ids_);
    const auto sent = co_await client.Write(subscribe, options.write_time_max);
    if (!sent) co_return ReadFailed(sent.error());
    ack_due_ = shared_.clock.Now() + options.ack_time_max;
    Liveness liveness(shared_.clock, options.silence_max);
    for (;;) {
        const SteadyTime now = shared_.clock.Now();
        if (!acknowledged_ && now >= ack_due_) {
            co_return Ended{ConnectionEnd::kUnacknowledged, "the subscription was not confirmed"};
        }
        if (missing_ > 0 && now >= ask_again_at_) {
            const auto asked = co_await AskForMissing(client);
            if (!asked) co_return ReadFailed(asked.error());
        }
        Milliseconds wait = liveness.Remaining();
        if (!acknowledged_) wait = std::min(wait, std::chrono::ceil<Milliseconds>(ack_due_ - now));
        const auto message = co_await client.Read(std::max(wait, 1ms));
        if (!message) co_return ReadFailed(message.error());
        // A frame may have arrived in the same turn as the request to stop.
        if (stopping()) co_return Ended{ConnectionEnd::kStopped, "the service stops"};
        liveness.Heard();
        OnFrame(*message);
    }
}

Task<Result<void>> CoinbaseConnection::AskForMissing(net::WsClient& client) {
    std::vector<std::string> missing;
    for (const auto& [id, product] : products_)
        if (!product.confirmed) missing.push_back(id);
    stats_.resubscribes.Add();
    ask_again_at_ = shared_.clock.Now() + shared_.options.missing_retry;
    const std::string subscribe = EncodeSubscribe(missing);
    co_return co_await client.Write(subscribe, shared_.options.write_time_max);
}

CoinbaseConnection::Ended CoinbaseConnection::NotConnected(
    const net::WsClient& client, const Error& error
) const {
    if (error.code == ErrorCode::kClosed) return {ConnectionEnd::kStopped, error.context};
    if (!client.refusal()) return {ConnectionEnd::kUnreachable, error.context};
    const auto asked = ParseRetryAfter(client.refusal()->retry_after, shared_.clock.WallNow());
    return {ConnectionEnd::kDeclined, error.context, asked.value_or(0ms)};
}

CoinbaseConnection::Ended CoinbaseConnection::ReadFailed(const Error& error) const {
    switch (error.code) {
        case ErrorCode::kClosed:
            return {ConnectionEnd::kStopped, error.context};
        case ErrorCode::kTimeout:
            if (!acknowledged_ && shared_.clock.Now() >= ack_due_) {
                return {ConnectionEnd::kUnacknowledged, "the subscription was not confirmed"};
            }
            return {ConnectionEnd::kSilent, "no frame came for too long"};
        case ErrorCode::kBadInput:
        case ErrorCode::kTooLarge:
            return {ConnectionEnd::kProtocol, error.context};
        default:
            return {ConnectionEnd::kLost, error.context};
    }
}

void CoinbaseConnection::OnFrame(const net::WsMessage& message) {
    stats_.frames.Add();
    const auto now = shared_.clock.Now().time_since_epoch();
    stats_.last_frame_ms.Set(std::chrono::duration_cast<Milliseconds>(now).count());
    auto frame = DecodeExchangeFrame(message.payload, shared_.options.frame_bytes_max);
    if (!frame) return OnMalformed(frame.error());
    std::visit([this](auto& content) { On(content); }, *frame);
}

void CoinbaseConnection::On(ExchangeTicker& ticker) {
    stats_.ticks.Add();
    const auto product = products_.find(ticker.product_id);
    if (product == products_.end()) return stats_.ticks_foreign.Add();
    if (ticker.sequence <= product->second.sequence) return stats_.ticks_late.Add();
    product->second.sequence = ticker.sequence;
    shared_.coalescer.Put(std::move(ticker));
}

void CoinbaseConnection::On(const Heartbeat&) {
    stats_.heartbeats.Add();
}

void CoinbaseConnection::On(const Subscriptions& subscriptions) {
    const std::set<std::string_view> taken(
        subscriptions.ticker_products.begin(), subscriptions.ticker_products.end()
    );
    std::vector<std::string> missing;
    for (auto& [id, product] : products_) {
        product.confirmed = taken.contains(id);
        if (!product.confirmed) missing.push_back(id);
    }
    stats_.products_missing.Add(
        static_cast<std::int64_t>(missing.size()) - static_cast<std::int64_t>(missing_)
    );
    const bool news = missing.size() != missing_ || !acknowledged_;
    missing_ = missing.size();
    stats_.subscribed.Add();
    if (!acknowledged_) {
        FLUX_TESTPOINT("crypto.subscribed");
        acknowledged_ = true;
        stats_.connections_subscribed.Add(1);
        backoff_.Reset();
        ask_again_at_ = shared_.clock.Now() + shared_.options.missing_retry;
        log::Info(
            "crypto.subscribed",
            "the ticker feed confirmed a subscription",
            {{"connection", number_}, {"products", product_ids_.size() - missing_}}
        );
    }
    if (missing_ > 0 && news) {
        log::Warn(
            "crypto.products_missing",
            "the ticker feed does not send all products asked for; they are asked for again",
            {{"connection", number_}, {"missing", Join(missing)}}
        );
    }
}

void CoinbaseConnection::On(const FeedError& error) {
    stats_.feed_errors.Add();
    if (errors_logged_ == kErrorsLoggedMax) return;  // the counter has all
    ++errors_logged_;
    log::Warn(
        "crypto.feed_error",
        "the ticker feed reported an error",
        {{"connection", number_}, {"error", error.message}, {"reason", error.reason}}
    );
}

void CoinbaseConnection::On(const UnknownFrame&) {
    stats_.frames_unknown.Add();
}

void CoinbaseConnection::OnMalformed(const Error& error) {
    stats_.frames_malformed.Add();
    if (std::exchange(malformed_logged_, true)) return;  // once per connection; the counter has all
    log::Warn(
        "crypto.frame_malformed",
        "the ticker feed sent a frame that cannot be read; it was skipped",
        {{"connection", number_}, {"error", error.context}}
    );
}

void CoinbaseConnection::BeginConnection() {
    stats_.connects.Add();
    acknowledged_ = false;
    malformed_logged_ = false;
    errors_logged_ = 0;
    for (auto& [id, product] : products_)
        product = Product{};
    shared_.coalescer.DropWaiting(product_ids_);
}

void CoinbaseConnection::EndConnection() {
    if (acknowledged_) stats_.connections_subscribed.Add(-1);
    acknowledged_ = false;
    stats_.products_missing.Add(-static_cast<std::int64_t>(missing_));
    missing_ = 0;
}

void CoinbaseConnection::Count(ConnectionEnd why) {
    switch (why) {
        case ConnectionEnd::kUnreachable:
            return stats_.reconnects_unreachable.Add();
        case ConnectionEnd::kDeclined:
            return stats_.reconnects_declined.Add();
        case ConnectionEnd::kLost:
            return stats_.reconnects_lost.Add();
        case ConnectionEnd::kSilent:
            return stats_.reconnects_silent.Add();
        case ConnectionEnd::kUnacknowledged:
            return stats_.reconnects_unacknowledged.Add();
        case ConnectionEnd::kProtocol:
            return stats_.reconnects_protocol.Add();
        case ConnectionEnd::kStopped:
            return;
    }
}

void CoinbaseConnection::LogEnd(const Ended& ended, Milliseconds wait) const {
    log::Warn(
        "crypto.connection_ended",
        "the connection to the ticker feed ended; the next try follows",
        {{"connection", number_}, {"error", ended.sentence}, {"wait_ms", wait.count()}}
    );
}

}  // namespace flux::feeds
