#include "feeds/stock/stock_service.h"

#include "base/log.h"
#include "config/instant.h"
#include "contract/iso_time.h"
#include "contract/topics.h"
#include "feeds/stock/stock_ranking.h"
#include "json/json_fields.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <utility>

namespace flux::feeds {
namespace {

using contract::ServiceState;
using contract::ServiceStatus;

constexpr std::string_view kDomain = "stock";
constexpr std::string_view kGroup = "stock-topperformers-group";
/// The reference's key: the `data` object of E5.
constexpr std::string_view kCacheKey = "stock:top:performers";

/// After the first batch calls keep below the plan's pace, so that a neighbour with the same key,
/// and clocks that differ, have room.
Milliseconds SteadySpacing(const StockOptions& options) {
    constexpr std::int64_t kMinute = 60'000;
    return Milliseconds(kMinute * 6 / 5 / options.calls_per_minute);
}

Milliseconds QuickSpacing(const StockOptions& options) {
    return Milliseconds((1'000 + options.calls_per_second - 1) / options.calls_per_second);
}

/// Of every batch but the first.
Milliseconds LaterSpacing(const StockOptions& options) {
    return std::max(QuickSpacing(options), SteadySpacing(options));
}

Milliseconds BatchTime(const StockOptions& options) {
    return LaterSpacing(options) * static_cast<std::int64_t>(options.symbols.size());
}

/// What a batch that was not published means for the next.
RefreshEnd EndOf(const BatchOutcome& outcome) {
    if (!outcome.error) return RefreshEnd::kMustWait;
    const contract::Failure failure = outcome.error->failure;
    const bool may_pass =
        failure == contract::Failure::kSourceDown || failure == contract::Failure::kBadData;
    return may_pass ? RefreshEnd::kMayPass : RefreshEnd::kMustWait;
}

}  // namespace

StockService::StockService(
    Shard& shard,
    bus::EventBus& bus,
    StockOptions options,
    MetricRegistry& metrics,
    std::uint64_t seed,
    cache::Cache* cache
)
    : shard_(shard),
      options_(std::move(options)),
      cache_(cache),
      random_(seed),
      status_(
          std::make_unique<StatusPublisher>(shard, bus, std::string(kDomain), options_.simulated)
      ),
      loop_(std::make_unique<RefreshLoop>(
          shard,
          bus,
          RefreshPlan{
              .domain = std::string(kDomain),
              .event = contract::kStockUpdated,
              .command = contract::kStockRefresh,
              .group = std::string(kGroup),
              .event_key = std::nullopt,
              .interval = options_.interval,
              .lead = BatchTime(options_),
              .retry_first = options_.retry_first},
          cache,
          random_,
          [this](RefreshCause cause) { return Refresh(cause); }
      )),
      registration_(metrics.Add([this](MetricWriter& out) {
          Describe(out, stats_);
          Describe(out, kDomain, loop_->stats());
      })) {}

StockService::~StockService() = default;

Result<void> StockService::Build() {
    if (Result<void> fit = Check(options_); !fit) return fit;
    if (Result<void> fit = CheckKey("finnhub.api_key", options_.key); !fit) return fit;
    UpstreamOptions upstream;
    upstream.name = "Finnhub";
    upstream.base = *net::Url::Parse(options_.base_url);
    upstream.user_agent = options_.user_agent;
    upstream.key = options_.key;
    upstream.needs_key = true;
    upstream.key_parameter = "token";
    upstream.time_max = options_.call_time_max;
    upstream.limits = {
        CallLimit{options_.calls_per_minute, std::chrono::minutes(1)},
        CallLimit{options_.calls_per_second, std::chrono::seconds(1)}};
    if (upstream.base.secure()) {
        auto loaded = net::TlsTrust::Of(options_.ca_file);
        if (!loaded) return loaded.error();
        upstream.trust = std::move(*loaded);
    }
    client_ = std::make_unique<UpstreamClient>(
        std::move(upstream), shard_.clock(), random_, stats_.upstream
    );
    return {};
}

Task<Result<void>> StockService::Start(Patience patience) {
    if (Result<void> built = Build(); !built) co_return built;
    const std::optional<UpstreamError> why_not = client_->WhyNot();
    if (why_not) SaySourceFailed(*why_not, ServiceState::kNoKey);
    Result<void> started = co_await loop_->Start(std::move(patience), !why_not);
    if (!started) co_return started;
    status_->Start();
    log::Info(
        "stock.started",
        "the stock service is there",
        {{"url", options_.base_url},
         {"symbols", options_.symbols.size()},
         {"simulated", options_.simulated},
         {"asks", !why_not}}
    );
    co_return Result<void>();
}

Task<> StockService::Stop() {
    co_await loop_->Stop();
    co_await status_->Stop();
}

Task<RefreshEnd> StockService::Refresh(RefreshCause cause) {
    std::optional<contract::StockEvent> young = co_await Young(cause);
    if (young) {
        const std::string payload = contract::Encode(*young);
        const bool published = co_await loop_->Publish(payload);
        if (published) stats_.batches_repeated.Add();
        newest_ = std::move(young);
        co_return published ? RefreshEnd::kPublished : RefreshEnd::kMayPass;
    }
    const Milliseconds spacing = first_batch_ ? QuickSpacing(options_) : LaterSpacing(options_);
    first_batch_ = false;
    QuoteBatch batch(
        *client_,
        options_,
        shard_.clock(),
        stats_,
        spacing,
        [this](const UpstreamError& error) { SaySourceFailed(error, ServiceState::kDegraded); }
    );
    BatchOutcome outcome = co_await batch.Run();
    if (outcome.cancelled) co_return RefreshEnd::kMustWait;
    co_return co_await Conclude(std::move(outcome));
}

/// The last batch, where it is young enough to be given again: to who asks by command, and by an
/// instance that starts, from the cache. The schedule wants a new one.
Task<std::optional<contract::StockEvent>> StockService::Young(RefreshCause cause) {
    if (cause == RefreshCause::kSchedule) co_return std::nullopt;
    std::optional<contract::StockEvent> event = newest_;
    if (!event && cache_ != nullptr) {
        const auto data = co_await cache_->Get(std::string(kCacheKey));
        if (data) {
            const auto read = contract::DecodeStockEvent(R"({"data":)" + *data + "}");
            if (read) event = *read;
        }
    }
    if (!event) co_return std::nullopt;
    const auto made = config::ParseInstant(event->timestamp);
    const WallMillis now = shard_.clock().WallNow();
    const Milliseconds longest =
        cause == RefreshCause::kStart ? options_.interval : options_.cache_time;
    if (!made || *made > now || now - *made >= longest.count()) co_return std::nullopt;
    co_return event;
}

Task<RefreshEnd> StockService::Conclude(BatchOutcome outcome) {
    WarnOfUnknown(outcome);
    const std::size_t wanted = options_.symbols.size() - outcome.unknown.size();
    const std::size_t least =
        std::max<std::size_t>((wanted * options_.quotes_min_percent + 99) / 100, 2);
    if (outcome.rows.size() < least) {
        stats_.batches_too_small.Add();
        SayFailed(outcome);
        co_return EndOf(outcome);
    }
    if (outcome.failed > 0) {
        SayDegraded(outcome);
    } else {
        Say(ServiceStatus{}, "");
    }
    contract::StockEvent event = RankStocks(
        std::move(outcome.rows), options_.rows_max, contract::IsoTime(shard_.clock().WallNow())
    );
    const std::string payload = contract::Encode(event);
    Keep(event, payload);
    const bool published = co_await loop_->Publish(payload);
    if (published) stats_.batches_published.Add();
    co_return published ? RefreshEnd::kPublished : RefreshEnd::kMayPass;
}

void StockService::Keep(const contract::StockEvent& event, const std::string& payload) {
    newest_ = event;
    if (cache_ == nullptr) return;
    const auto data = json::Member(payload, "data");
    const auto ttl = std::chrono::ceil<std::chrono::seconds>(options_.cache_time);
    if (data) cache_->Set(std::string(kCacheKey), std::string(*data), ttl);
}

void StockService::WarnOfUnknown(const BatchOutcome& outcome) {
    if (outcome.unknown.empty() || outcome.rows.empty()) return;
    if (std::exchange(unknown_logged_, true)) return;
    std::string symbols;
    for (const std::string& symbol : outcome.unknown)
        symbols += (symbols.empty() ? "" : " ") + symbol;
    log::Warn(
        "stock.symbols_unknown",
        "the source has no quotes of some symbols of the setting stock.symbols; correct or remove "
        "them",
        {{"symbols", symbols}}
    );
}

/// Published all the same, without some shares.
void StockService::SayDegraded(const BatchOutcome& outcome) {
    ServiceStatus status;
    status.state = ServiceState::kDegraded;
    status.error = outcome.error ? outcome.error->failure : contract::Failure::kBadData;
    status.message = fmt::format(
        "Quotes of {} of {} shares are missing.", outcome.failed, options_.symbols.size()
    );
    Say(std::move(status), outcome.error ? outcome.error->detail : "");
}

/// Nothing was published.
void StockService::SayFailed(const BatchOutcome& outcome) {
    if (outcome.rows.empty() && outcome.error) {
        SaySourceFailed(*outcome.error, ServiceState::kDown);
        return;
    }
    ServiceStatus status;
    status.state = outcome.rows.empty() ? ServiceState::kDown : ServiceState::kDegraded;
    status.error = outcome.error ? outcome.error->failure : contract::Failure::kBadData;
    status.message = fmt::format(
        "Only {} of {} shares have a quote; what is shown is from before.",
        outcome.rows.size(),
        options_.symbols.size()
    );
    status.retry_at = loop_->NextAt();
    Say(std::move(status), outcome.error ? outcome.error->detail : "too few usable quotes");
}

void StockService::SaySourceFailed(const UpstreamError& error, ServiceState state) {
    ServiceStatus status;
    status.state = state;
    status.error = error.failure;
    status.message = error.message;
    status.retry_at = error.retry_at;
    Say(std::move(status), error.detail);
}

/// To everybody, and to the log when the state is another than before.
void StockService::Say(ServiceStatus status, std::string_view detail) {
    const ServiceState before = status_->status().state;
    const std::string message = status.message.value_or("");
    const ServiceState now = status.state;
    status_->Set(std::move(status));
    if (now == before) return;
    if (now == ServiceState::kLive) {
        log::Info("stock.live", "stock quotes are whole again");
        return;
    }
    log::Warn("stock.not_live", message, {{"state", contract::NameOf(now)}, {"detail", detail}});
}

}  // namespace flux::feeds
