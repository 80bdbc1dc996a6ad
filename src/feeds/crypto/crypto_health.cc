#include "feeds/crypto/crypto_health.h"

#include "base/log.h"
#include "base/units.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace flux::feeds {
namespace {

using contract::ServiceState;
using contract::ServiceStatus;

constexpr Milliseconds kLookEvery{1'000};

/// Connections that come and go are no news before so many silences.
constexpr int kSilences = 2;

constexpr std::string_view kNoTickers =
    "Live prices stand still: Coinbase's feed cannot be reached.";

}  // namespace

ServiceStatus StatusOf(const CryptoParts& parts) {
    ServiceStatus status;
    if (parts.tickers_flow && !parts.movers && !parts.top_coins) return status;
    status.state = ServiceState::kDegraded;
    std::string message;
    if (!parts.tickers_flow) {
        status.error = contract::Failure::kSourceDown;
        message = kNoTickers;
        if (parts.movers) status.state = ServiceState::kDown;
    }
    if (const auto& error = parts.movers ? parts.movers : parts.top_coins) {
        if (!message.empty()) message += " ";
        message += !parts.movers      ? "Top coins stay as they were: "
                   : !parts.top_coins ? "Movers stay as they were: "
                                      : "Movers and top coins stay as they were: ";
        message += error->message;
        if (!status.error) status.error = error->failure;
        status.retry_at = error->retry_at;
    }
    if (parts.tickers_flow) message += " Live prices go on.";
    status.message = std::move(message);
    return status;
}

CryptoHealth::CryptoHealth(
    Shard& shard, const CryptoOptions& options, const CryptoStats& stats, StatusPublisher& publisher
)
    : shard_(shard),
      options_(options),
      stats_(stats),
      publisher_(publisher),
      subscribed_at_(shard.clock().Now()),
      tasks_(shard) {}

void CryptoHealth::Start() {
    subscribed_at_ = shard_.clock().Now();
    tasks_.Spawn("crypto.health", Watch());
}

Task<> CryptoHealth::Stop() {
    return tasks_.Drain();
}

void CryptoHealth::Movers(std::optional<UpstreamError> error) {
    parts_.movers = std::move(error);
    movers_said_at_ = shard_.clock().Now();
    Tell();
}

void CryptoHealth::TopCoins(std::optional<UpstreamError> error) {
    parts_.top_coins = std::move(error);
    top_coins_said_at_ = shard_.clock().Now();
    Tell();
}

Task<> CryptoHealth::Watch() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    for (;;) {
        const bool slept = co_await SleepFor(std::min(kLookEvery, options_.silence_max));
        if (!slept) co_return;
        LookAtTickers();
        Forget();
        Tell();
    }
}

void CryptoHealth::LookAtTickers() {
    const SteadyTime now = shard_.clock().Now();
    if (stats_.connections_subscribed.value() > 0) subscribed_at_ = now;
    parts_.tickers_flow = now - subscribed_at_ < kSilences * options_.silence_max;
}

void CryptoHealth::Forget() {
    const SteadyTime now = shard_.clock().Now();
    if (now - movers_said_at_ > 2 * options_.movers_interval) parts_.movers.reset();
    if (now - top_coins_said_at_ > 2 * options_.top_coins_interval) parts_.top_coins.reset();
}

/// To everybody, and to the log when the state is another than before.
void CryptoHealth::Tell() {
    const ServiceState before = publisher_.status().state;
    ServiceStatus status = StatusOf(parts_);
    const ServiceState now = status.state;
    const std::string message = status.message.value_or("");
    publisher_.Set(std::move(status));
    if (now == before) return;
    if (now == ServiceState::kLive) {
        log::Info("crypto.live", "all of the crypto domain is live");
        return;
    }
    std::string detail;
    if (parts_.top_coins) detail = parts_.top_coins->detail;
    if (parts_.movers) detail = parts_.movers->detail;
    log::Warn("crypto.not_live", message, {{"state", contract::NameOf(now)}, {"detail", detail}});
}

}  // namespace flux::feeds
