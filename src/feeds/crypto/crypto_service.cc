#include "feeds/crypto/crypto_service.h"

#include "base/log.h"
#include "contract/topics.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"

#include <fmt/format.h>
#include <functional>
#include <string>
#include <utility>

namespace flux::feeds {

CryptoService::CryptoService(
    Shard& shard,
    bus::EventBus& bus,
    CryptoOptions options,
    MetricRegistry& metrics,
    std::uint64_t seed
)
    : shard_(shard),
      bus_(bus),
      options_(std::move(options)),
      random_(seed),
      tasks_(shard),
      registration_(metrics.Add([this](MetricWriter& out) { Describe(out, stats_, shard_.clock()); }
      )) {}

CryptoService::~CryptoService() = default;

Result<void> CryptoService::Build() {
    if (Result<void> fit = Check(options_); !fit) return fit;
    net::Url ws = *net::Url::Parse(options_.ws_url);
    const auto rest =
        options_.rest_base_url.empty() ? ws : *net::Url::Parse(options_.rest_base_url);
    std::shared_ptr<const net::TlsTrust> trust;
    if (ws.secure() || rest.secure()) {
        auto loaded = options_.ca_file.empty() ? net::TlsTrust::OfMachine()
                                               : net::TlsTrust::FromFile(options_.ca_file);
        if (!loaded) return loaded.error();
        trust = std::move(*loaded);
    }
    coalescer_ = std::make_unique<TickCoalescer>(
        shard_, bus_, options_.products, options_.flush_interval, stats_
    );
    stream_ = std::make_unique<CoinbaseStream>(
        shard_, options_, std::move(ws), trust, random_, *coalescer_, stats_
    );
    if (!options_.rest_base_url.empty()) {
        catalog_ = std::make_unique<ProductCatalog>(
            options_, rest, trust, shard_.clock(), random_, stats_
        );
    }
    return {};
}

Task<Result<void>> CryptoService::Start(Patience patience) {
    if (Result<void> built = Build(); !built) co_return built;
    constexpr const contract::Topic& topic = contract::kCryptoTickerUpdated;
    bus::TopicOptions topic_options;
    topic_options.partitions = topic.partitions;
    topic_options.durable = topic.durable;
    const bus::TopicName name{std::string(topic.name)};
    std::function<Task<Result<void>>()> ensure = [this, &name, &topic_options] {
        return bus_.EnsureTopic(name, topic_options);
    };
    std::string what = fmt::format("topic {}", topic.name);
    Result<void> exists = co_await patience.Try(std::move(what), std::move(ensure));
    if (!exists) co_return exists;

    coalescer_->Start();
    stream_->Start();
    if (catalog_) tasks_.Spawn("crypto.catalog", catalog_->Run());
    log::Info(
        "crypto.started",
        "the crypto service connects to the ticker feed",
        {{"url", options_.ws_url},
         {"products", options_.products.size()},
         {"connections", stream_->connections()}}
    );
    co_return Result<void>();
}

Task<> CryptoService::Stop() {
    if (stream_) co_await stream_->Stop();
    co_await tasks_.Drain();
    if (coalescer_) co_await coalescer_->Stop();
}

}  // namespace flux::feeds
