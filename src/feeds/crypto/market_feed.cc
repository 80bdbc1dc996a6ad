#include "feeds/crypto/market_feed.h"

#include "contract/movers.h"
#include "contract/top_coins.h"
#include "contract/topics.h"
#include "feeds/crypto/exchange_ticker.h"
#include "feeds/crypto/market_ranking.h"

#include <optional>
#include <string>
#include <utility>

namespace flux::feeds {
namespace {

constexpr std::size_t kFollowedMax = 100;  // products of one list

RefreshPlan MoversPlan(const CryptoOptions& options) {
    RefreshPlan plan;
    plan.domain = "crypto.movers";
    plan.event = contract::kMoversUpdated;
    plan.command = contract::kMoversRefresh;
    plan.interval = options.movers_interval;
    return plan;
}

RefreshPlan TopCoinsPlan(const CryptoOptions& options) {
    RefreshPlan plan;
    plan.domain = "crypto.top_coins";
    plan.event = contract::kTopCoinsUpdated;
    plan.command = contract::kTopCoinsRefresh;
    plan.interval = options.top_coins_interval;
    return plan;
}

}  // namespace

MarketFeed::MarketFeed(
    Shard& shard,
    bus::EventBus& bus,
    const CryptoOptions& options,
    std::shared_ptr<const net::TlsTrust> trust,
    ProductCatalog& catalog,
    cache::Cache* cache,
    CryptoHealth& health,
    OnTopCoins on_top_coins,
    Random& random,
    MarketStats& stats
)
    : clock_(shard.clock()),
      bus_(bus),
      options_(options),
      health_(health),
      on_top_coins_(std::move(on_top_coins)),
      stats_(stats),
      markets_(options, trust, shard.clock(), random, stats),
      rate_(options, trust, shard.clock(), random, stats.frankfurter),
      book_(options, markets_, catalog, rate_, cache, shard.clock(), stats),
      movers_loop_(
          shard,
          bus,
          MoversPlan(options),
          cache,
          random,
          [this](RefreshCause) { return RefreshMovers(); }
      ),
      top_coins_loop_(shard, bus, TopCoinsPlan(options), cache, random, [this](RefreshCause) {
          return RefreshTopCoins();
      }) {}

Task<Result<void>> MarketFeed::Start(Patience patience) {
    std::function<Task<Result<void>>()> listen = [this] { return ListenToTopCoins(); };
    std::string what = "topic " + std::string(contract::kTopCoinsUpdated.name);
    Result<void> listening = co_await patience.Try(std::move(what), std::move(listen));
    if (!listening) co_return listening;
    Task<Result<void>> movers = movers_loop_.Start(patience, true);
    Result<void> started = co_await std::move(movers);
    if (!started) co_return started;
    Task<Result<void>> top_coins = top_coins_loop_.Start(patience, true);
    co_return co_await std::move(top_coins);
}

/// To those of every instance: each streams prices, one makes the list.
Task<Result<void>> MarketFeed::ListenToTopCoins() {
    bus::SubscribeOptions options;
    options.topic = bus::TopicName(std::string(contract::kTopCoinsUpdated.name));
    bus::BatchHandler handler = [this](const std::vector<bus::Message>& batch) {
        Hear(batch);
        return []() -> Task<Result<void>> { co_return Result<void>(); }();
    };
    auto subscribed = co_await bus_.Subscribe(std::move(options), std::move(handler));
    if (!subscribed) co_return subscribed.error();
    listening_ = std::move(*subscribed);
    co_return Result<void>();
}

void MarketFeed::Hear(const std::vector<bus::Message>& batch) {
    const auto event = contract::DecodeTopCoinsEvent(batch.back().payload.view());
    if (!event || event->coins.empty()) return;  // each is a whole list: the next one mends it
    std::vector<std::string> products;
    for (const contract::TopCoin& coin : event->coins) {
        if (products.size() == kFollowedMax) break;
        if (IsProductId(coin.symbol)) products.push_back(coin.symbol);
    }
    on_top_coins_(std::move(products));
}

Task<> MarketFeed::Stop() {
    if (listening_) co_await listening_->Close();
    listening_.reset();
    co_await movers_loop_.Stop();
    co_await top_coins_loop_.Stop();
}

Task<RefreshEnd> MarketFeed::RefreshMovers() {
    Task<MarketSource::Answer> asking = markets_.Get();
    MarketSource::Answer answer = co_await std::move(asking);
    if (auto* const error = std::get_if<UpstreamError>(&answer)) {
        const RefreshEnd end = EndOf(*error);
        health_.Movers(std::move(*error));
        co_return end;
    }
    const Markets& markets = std::get<Markets>(answer);
    contract::MoversEvent event;
    event.timestamp = clock_.WallNow();
    event.from_cache = markets.from_cache;
    event.gainers = TopGainers(*markets.rows, options_.movers_max);
    event.losers = TopLosers(*markets.rows, options_.movers_max);
    if (event.gainers.empty() || event.losers.empty()) {
        health_.Movers(RefusedAnswer(
            contract::Failure::kBadData,
            "CoinGecko's list has no changes within the hour.",
            "no row of the list has rank, volume and change"
        ));
        co_return RefreshEnd::kMustWait;
    }
    Task<bool> publishing = movers_loop_.Publish(contract::Encode(event));
    const bool published = co_await std::move(publishing);
    if (published) stats_.movers_published.Add();
    health_.Movers(std::nullopt);
    co_return published ? RefreshEnd::kPublished : RefreshEnd::kMayPass;
}

Task<RefreshEnd> MarketFeed::RefreshTopCoins() {
    Task<TopCoinsBook::Reading> asking = book_.Read();
    TopCoinsBook::Reading reading = co_await std::move(asking);
    const RefreshEnd end = reading.error ? EndOf(*reading.error) : RefreshEnd::kMustWait;
    health_.TopCoins(std::move(reading.error));
    if (!reading.coins) co_return end;
    Task<bool> publishing = top_coins_loop_.Publish(contract::Encode(*reading.coins));
    const bool published = co_await std::move(publishing);
    if (published) stats_.top_coins_published.Add();
    co_return published ? RefreshEnd::kPublished : RefreshEnd::kMayPass;
}

}  // namespace flux::feeds
