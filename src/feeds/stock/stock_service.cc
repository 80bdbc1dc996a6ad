#include "feeds/stock/stock_service.h"

#include "base/log.h"
#include "config/instant.h"
#include "contract/iso_time.h"
#include "contract/topics.h"
#include "feeds/stock/stock_ranking.h"
#include "json/json_fields.h"
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
    return outcome.error ? feeds::EndOf(*outcome.error) : RefreshEnd::kMustWait;
}

DomainPlan Plan(const StockOptions& options) {
    DomainPlan plan;
    plan.refresh.domain = kDomain;
    plan.refresh.event = contract::kStockUpdated;
    plan.refresh.command = contract::kStockRefresh;
    plan.refresh.interval = options.interval;
    plan.refresh.lead = BatchTime(options);
    plan.refresh.retry_first = options.retry_first;
    plan.words.started_event = "stock.started";
    plan.words.started = "the stock service is there";
    plan.words.live_event = "stock.live";
    plan.words.live = "stock quotes are whole again";
    plan.words.not_live_event = "stock.not_live";
    plan.simulated = options.simulated;
    return plan;
}

Result<UpstreamOptions> Upstream(const StockOptions& options) {
    if (Result<void> fit = Check(options); !fit) return fit.error();
    if (Result<void> fit = CheckKey("finnhub.api_key", options.key); !fit) return fit.error();
    UpstreamOptions upstream;
    upstream.name = "Finnhub";
    upstream.base = *net::Url::Parse(options.base_url);
    upstream.user_agent = options.user_agent;
    upstream.key = options.key;
    upstream.needs_key = true;
    upstream.key_parameter = "token";
    upstream.time_max = options.call_time_max;
    upstream.limits = {
        CallLimit{options.calls_per_minute, std::chrono::minutes(1)},
        CallLimit{options.calls_per_second, std::chrono::seconds(1)}};
    return upstream;
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
      domain_(
          shard,
          bus,
          Plan(options_),
          cache,
          random_,
          [this](RefreshCause cause) { return Refresh(cause); }
      ),
      registration_(metrics.Add([this](MetricWriter& out) {
          Describe(out, stats_);
          Describe(out, kDomain, refresh_stats());
      })) {}

StockService::~StockService() = default;

Task<Result<void>> StockService::Start(Patience patience) {
    Result<UpstreamOptions> upstream = Upstream(options_);
    if (!upstream) co_return upstream.error();
    Task<Result<void>> starting =
        domain_.Start(*std::move(upstream), options_.ca_file, stats_.upstream, std::move(patience));
    co_return co_await std::move(starting);
}

Task<> StockService::Stop() {
    return domain_.Stop();
}

Task<RefreshEnd> StockService::Refresh(RefreshCause cause) {
    std::optional<contract::StockEvent> young = co_await Young(cause);
    if (young) {
        const std::string payload = contract::Encode(*young);
        const bool published = co_await domain_.loop().Publish(payload);
        if (published) stats_.batches_repeated.Add();
        newest_ = std::move(young);
        co_return published ? RefreshEnd::kPublished : RefreshEnd::kMayPass;
    }
    const Milliseconds spacing = first_batch_ ? QuickSpacing(options_) : LaterSpacing(options_);
    first_batch_ = false;
    QuoteBatch batch(
        domain_.client(),
        options_,
        shard_.clock(),
        stats_,
        spacing,
        [this](const UpstreamError& error) { domain_.SayFailed(error, ServiceState::kDegraded); }
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
        domain_.Say(ServiceStatus{}, "");
    }
    contract::StockEvent event = RankStocks(
        std::move(outcome.rows), options_.rows_max, contract::IsoTime(shard_.clock().WallNow())
    );
    const std::string payload = contract::Encode(event);
    Keep(event, payload);
    const bool published = co_await domain_.loop().Publish(payload);
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
    domain_.Say(std::move(status), outcome.error ? outcome.error->detail : "");
}

/// Nothing was published.
void StockService::SayFailed(const BatchOutcome& outcome) {
    if (outcome.rows.empty() && outcome.error) {
        domain_.SayFailed(*outcome.error, ServiceState::kDown);
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
    status.retry_at = domain_.loop().NextAt();
    domain_.Say(std::move(status), outcome.error ? outcome.error->detail : "too few usable quotes");
}

}  // namespace flux::feeds
