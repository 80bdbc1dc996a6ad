#include "feeds/crypto/top_coins_book.h"

#include "feeds/crypto/market_ranking.h"
#include "json/json_fields.h"

#include <chrono>
#include <string>
#include <utility>

namespace flux::feeds {
namespace {

/// The reference's key: the list alone.
constexpr std::string_view kCacheKey = "crypto:markets:topCoins";

}  // namespace

TopCoinsBook::TopCoinsBook(
    const CryptoOptions& options,
    MarketSource& markets,
    ProductCatalog& catalog,
    ExchangeRate& rate,
    cache::Cache* cache,
    const Clock& clock,
    MarketStats& stats
)
    : options_(options),
      markets_(markets),
      catalog_(catalog),
      rate_(rate),
      cache_(cache),
      clock_(clock),
      stats_(stats) {}

Task<TopCoinsBook::Reading> TopCoinsBook::Read() {
    Reading reading;
    const bool young = rebuilt_ && clock_.Now() - kept_at_ < options_.top_coins_rebuild;
    if (!young) {
        Task<std::optional<UpstreamError>> rebuild = Rebuild();
        reading.error = co_await std::move(rebuild);
    }
    if (!coins_ && !std::exchange(recalled_, true)) {
        Task<> recall = Recall();
        co_await std::move(recall);
    }
    if (coins_ && clock_.Now() - kept_at_ < options_.top_coins_age_max) reading.coins = coins_;
    co_return reading;
}

Task<std::optional<UpstreamError>> TopCoinsBook::Rebuild() {
    Task<MarketSource::Answer> asking_markets = markets_.Get();
    MarketSource::Answer markets = co_await std::move(asking_markets);
    if (auto* const error = std::get_if<UpstreamError>(&markets)) co_return std::move(*error);
    Task<ProductCatalog::Answer> asking_catalog = catalog_.Traded(options_.top_coins_rebuild);
    ProductCatalog::Answer traded = co_await std::move(asking_catalog);
    if (auto* const error = std::get_if<UpstreamError>(&traded)) co_return std::move(*error);
    Task<ExchangeRate::Answer> asking_rate = rate_.Get();
    ExchangeRate::Answer rate = co_await std::move(asking_rate);
    if (auto* const error = std::get_if<UpstreamError>(&rate)) co_return std::move(*error);

    contract::TopCoinsEvent event;
    event.coins = TopCoins(
        *std::get<Markets>(markets).rows,
        std::get<std::shared_ptr<const TradedProducts>>(traded)->usd_by_base,
        std::get<double>(rate),
        options_.top_coins_max
    );
    if (event.coins.empty()) {
        co_return RefusedAnswer(
            contract::Failure::kBadData,
            "None of the largest coins is traded for dollars at Coinbase.",
            "the lists of CoinGecko and Coinbase have no coin in common"
        );
    }
    stats_.top_coins_built.Add();
    Keep(std::move(event));
    co_return std::nullopt;
}

void TopCoinsBook::Keep(contract::TopCoinsEvent coins) {
    coins_ = std::make_shared<const contract::TopCoinsEvent>(std::move(coins));
    kept_at_ = clock_.Now();
    rebuilt_ = true;
    if (cache_ == nullptr) return;
    const std::string payload = contract::Encode(*coins_);
    const auto list = json::Member(payload, "topCoins");
    const auto ttl = std::chrono::ceil<std::chrono::seconds>(options_.top_coins_age_max);
    if (list) cache_->Set(std::string(kCacheKey), std::string(*list), ttl);
}

/// What another instance, or an earlier run of this one, has kept.
Task<> TopCoinsBook::Recall() {
    if (cache_ == nullptr) co_return;
    const std::optional<std::string> list = co_await cache_->Get(std::string(kCacheKey));
    if (!list) co_return;
    Result<contract::TopCoinsEvent> event =
        contract::DecodeTopCoinsEvent(R"({"topCoins":)" + *list + "}");
    if (!event || event->coins.empty()) co_return;
    coins_ = std::make_shared<const contract::TopCoinsEvent>(*std::move(event));
    kept_at_ = clock_.Now();
}

}  // namespace flux::feeds
