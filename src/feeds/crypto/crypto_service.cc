#include "feeds/crypto/crypto_service.h"

#include "base/log.h"
#include "contract/topics.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"

#include <array>
#include <fmt/format.h>
#include <functional>
#include <string>
#include <utility>

namespace flux::feeds {
namespace {

constexpr std::string_view kDomain = "crypto";

/// Where the options lead; they have passed Check.
struct Sources {
    explicit Sources(const CryptoOptions& options)
        : ws(*net::Url::Parse(options.ws_url)) {
        if (!options.rest_base_url.empty()) rest = *net::Url::Parse(options.rest_base_url);
        if (options.coingecko_url.empty()) return;
        markets_secure = net::Url::Parse(options.coingecko_url)->secure() ||
                         net::Url::Parse(options.frankfurter_url)->secure();
    }
    bool secure() const { return ws.secure() || rest.secure() || markets_secure; }

    net::Url ws;
    net::Url rest;
    bool markets_secure = false;
};

}  // namespace

CryptoService::CryptoService(
    Shard& shard,
    bus::EventBus& bus,
    CryptoOptions options,
    MetricRegistry& metrics,
    std::uint64_t seed,
    cache::Cache* cache
)
    : shard_(shard),
      bus_(bus),
      options_(std::move(options)),
      metrics_(metrics),
      cache_(cache),
      random_(seed),
      status_(shard, bus, std::string(kDomain), options_.simulated),
      health_(shard, options_, stats_, status_),
      tasks_(shard),
      registration_(metrics.Add([this](MetricWriter& out) {
          Describe(out, stats_, shard_.clock());
          Describe(out, market_stats_);
      })) {}

CryptoService::~CryptoService() = default;

Result<void> CryptoService::Build() {
    if (Result<void> fit = Check(options_); !fit) return fit;
    Sources sources(options_);
    std::shared_ptr<const net::TlsTrust> trust;
    if (sources.secure()) {
        auto loaded = net::TlsTrust::Of(options_.ca_file);
        if (!loaded) return loaded.error();
        trust = std::move(*loaded);
    }
    coalescer_ = std::make_unique<TickCoalescer>(
        shard_, bus_, options_.products, options_.flush_interval, stats_
    );
    stream_ = std::make_unique<CoinbaseStream>(
        shard_, options_, std::move(sources.ws), trust, random_, *coalescer_, stats_
    );
    if (options_.rest_base_url.empty()) return {};
    catalog_ = std::make_unique<ProductCatalog>(
        options_,
        std::move(sources.rest),
        trust,
        shard_.clock(),
        random_,
        stats_,
        market_stats_.coinbase
    );
    if (options_.coingecko_url.empty()) return {};
    MarketFeed::OnTopCoins follow = [this](std::vector<std::string> products) {
        if (options_.follow_top_coins) stream_->Follow(std::move(products));
    };
    markets_ = std::make_unique<MarketFeed>(
        shard_,
        bus_,
        options_,
        trust,
        *catalog_,
        cache_,
        health_,
        std::move(follow),
        random_,
        market_stats_
    );
    markets_registration_ = metrics_.Add([feed = markets_.get()](MetricWriter& out) {
        Describe(out, "crypto.movers", feed->movers_stats());
        Describe(out, "crypto.top_coins", feed->top_coins_stats());
    });
    return {};
}

Task<Result<void>> CryptoService::EnsureTopics(const Patience& patience) {
    const std::array topics{
        contract::kCryptoTickerUpdated,
        contract::kMoversUpdated,
        contract::kMoversRefresh,
        contract::kTopCoinsUpdated,
        contract::kTopCoinsRefresh,
        contract::kServiceStatus};
    for (const contract::Topic& topic : topics) {
        bus::TopicOptions options;
        options.partitions = topic.partitions;
        options.durable = topic.durable;
        const bus::TopicName name{std::string(topic.name)};
        std::function<Task<Result<void>>()> ensure = [this, &name, &options] {
            return bus_.EnsureTopic(name, options);
        };
        std::string what = fmt::format("topic {}", topic.name);
        Result<void> exists = co_await patience.Try(std::move(what), std::move(ensure));
        if (!exists) co_return exists;
    }
    co_return Result<void>();
}

Task<Result<void>> CryptoService::Start(Patience patience) {
    if (Result<void> built = Build(); !built) co_return built;
    Result<void> ensured = co_await EnsureTopics(patience);
    if (!ensured) co_return ensured;
    if (markets_) {
        Result<void> started = co_await markets_->Start(patience);
        if (!started) {
            co_await Stop();
            co_return started;
        }
    }
    coalescer_->Start();
    stream_->Start();
    if (catalog_) tasks_.Spawn("crypto.catalog", catalog_->Run());
    status_.Start();
    health_.Start();
    log::Info(
        "crypto.started",
        "the crypto service connects to the ticker feed",
        {{"url", options_.ws_url},
         {"products", options_.products.size()},
         {"connections", stream_->connections()},
         {"markets", options_.coingecko_url},
         {"simulated", options_.simulated}}
    );
    co_return Result<void>();
}

Task<> CryptoService::Stop() {
    co_await health_.Stop();
    if (markets_) co_await markets_->Stop();
    if (stream_) co_await stream_->Stop();
    co_await tasks_.Drain();
    if (coalescer_) co_await coalescer_->Stop();
    co_await status_.Stop();
}

}  // namespace flux::feeds
