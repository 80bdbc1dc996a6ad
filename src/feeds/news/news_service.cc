#include "feeds/news/news_service.h"

#include "base/log.h"
#include "base/units.h"
#include "contract/topics.h"
#include "feeds/news/articles.h"
#include "json/json_fields.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <utility>
#include <variant>

namespace flux::feeds {
namespace {

using contract::Failure;
using contract::NewsTrigger;
using contract::ServiceState;
using contract::ServiceStatus;

constexpr std::string_view kDomain = "news";
constexpr std::string_view kGroup = "news-group";
constexpr std::string_view kEventKey = "globalnews";
constexpr std::string_view kSourceName = "NewsData.io";
constexpr Milliseconds kQuarterHour = std::chrono::minutes(15);
constexpr Milliseconds kDay = std::chrono::hours(24);

NewsTrigger TriggerOf(RefreshCause cause) {
    switch (cause) {
        case RefreshCause::kStart:
            return NewsTrigger::kInitial;
        case RefreshCause::kSchedule:
            return NewsTrigger::kInterval;
        case RefreshCause::kCommand:
            return NewsTrigger::kBff;
    }
    return NewsTrigger::kInterval;
}

/// When the day of `now` ends, UTC.
WallMillis NextMidnight(WallMillis now) {
    return (now / kDay.count() + 1) * kDay.count();
}

/// What the answers mean beyond their status: a success must look like one, and a request that is
/// refused will be refused again.
std::optional<UpstreamError> JudgeNewsData(const net::HttpReply& reply) {
    if (reply.status == 200) {
        const Result<Articles> articles = ReadArticles(reply.body, 1, 0);
        if (articles) return std::nullopt;
        return RefusedAnswer(
            Failure::kBadData,
            "NewsData.io gave an answer that cannot be used.",
            articles.error().context
        );
    }
    const bool refused =
        reply.status == 400 || reply.status == 409 || reply.status == 415 || reply.status == 422;
    if (!refused) return std::nullopt;
    return RefusedAnswer(
        Failure::kBadRequest,
        "NewsData.io does not take what this server asks for; the settings of news need a look.",
        fmt::format("HTTP status {}", reply.status)
    );
}

}  // namespace

NewsService::NewsService(
    Shard& shard,
    bus::EventBus& bus,
    NewsOptions options,
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
              .event = contract::kNewsUpdated,
              .command = contract::kNewsRefresh,
              .group = std::string(kGroup),
              .event_key = std::string(kEventKey),
              .interval = options_.interval,
              .retry_first = options_.retry_first},
          cache,
          random_,
          [this](RefreshCause cause) { return Refresh(cause); }
      )),
      registration_(metrics.Add([this](MetricWriter& out) {
          Describe(out, stats_);
          Describe(out, kDomain, loop_->stats());
      })) {
    stats_.credits_left.Set(-1);
}

NewsService::~NewsService() = default;

Result<void> NewsService::Build() {
    if (Result<void> fit = Check(options_); !fit) return fit;
    if (Result<void> fit = CheckKey("newsdata.api_key", options_.key); !fit) return fit;
    UpstreamOptions upstream;
    upstream.name = kSourceName;
    upstream.base = *net::Url::Parse(options_.base_url);
    upstream.user_agent = options_.user_agent;
    upstream.key = options_.key;
    upstream.needs_key = true;
    upstream.key_parameter = "apikey";
    upstream.time_max = options_.call_time_max;
    upstream.limit_wait = options_.limited_wait;
    upstream.limits = {
        CallLimit{options_.credits_per_quarter_hour, kQuarterHour},
        CallLimit{options_.credits_per_day, kDay}};
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

Task<Result<void>> NewsService::Start(Patience patience) {
    if (Result<void> built = Build(); !built) co_return built;
    const std::optional<UpstreamError> why_not = client_->WhyNot();
    if (why_not) SayFailed(*why_not);
    Result<void> started = co_await loop_->Start(std::move(patience), !why_not);
    if (!started) co_return started;
    status_->Start();
    log::Info(
        "news.started",
        "the news service is there",
        {{"url", options_.base_url}, {"simulated", options_.simulated}, {"asks", !why_not}}
    );
    co_return Result<void>();
}

Task<> NewsService::Stop() {
    co_await loop_->Stop();
    co_await status_->Stop();
}

Task<RefreshEnd> NewsService::Refresh(RefreshCause cause) {
    std::optional<Cards> young = co_await Young();
    if (young) co_return co_await PublishCards(*std::move(young), cause, true);
    if (const auto error = OutOfCredits()) co_return SayFailed(*error);
    co_return co_await Ask(cause);
}

/// An answer that is young enough to be sent again: of this process, or of another instance.
Task<std::optional<NewsService::Cards>> NewsService::Young() {
    if (asked_at_ && shard_.clock().Now() - *asked_at_ < options_.cache_time) co_return newest_;
    if (cache_ == nullptr) co_return std::nullopt;
    const auto cards = co_await cache_->Get(NewsCacheKey(options_));
    if (!cards) co_return std::nullopt;
    // The cache lets go of it in time. Somebody else may have written it, so it is read as an event
    // would be.
    const auto event = contract::DecodeNewsEvent(
        R"({"scope":"global","timestamp":0,"source":"bff","payload":{"source":"cache",)"
        R"("scope":"global","data":)" +
        *cards + "}}"
    );
    if (!event || event->cards.empty()) co_return std::nullopt;
    co_return event->cards;
}

Task<RefreshEnd> NewsService::Ask(RefreshCause cause) {
    const UpstreamClient::Answer answer =
        co_await client_->Get(NewsEndpoint(options_), JudgeNewsData);
    if (const auto* const error = std::get_if<UpstreamError>(&answer)) co_return SayFailed(*error);
    const auto& reply = std::get<net::HttpReply>(answer);
    HeedCredits(reply);
    Result<Articles> articles =
        ReadArticles(reply.body, options_.cards_max, shard_.clock().WallNow());
    const std::size_t count = articles ? articles->cards.size() : 0;
    if (articles) {
        stats_.articles.Add(count);
        stats_.articles_dropped.Add(articles->dropped);
        stats_.articles_repeated.Add(articles->repeated);
    }
    if (count == 0) {
        stats_.answers_empty.Add();
        SayFailed(RefusedAnswer(
            Failure::kBadData,
            "NewsData.io has no headlines right now; what is shown is from before.",
            "no article of the answer can be shown"
        ));
        co_return RefreshEnd::kMustWait;  // asking again costs a credit
    }
    Say(ServiceStatus{}, "");
    Keep(articles->cards);
    co_return co_await PublishCards(std::move(articles->cards), cause, false);
}

void NewsService::Keep(const Cards& cards) {
    newest_ = cards;
    asked_at_ = shard_.clock().Now();
    if (cache_ == nullptr) return;
    contract::NewsEvent event;
    event.cards = cards;
    const std::string encoded = contract::Encode(event);
    const auto payload = json::Member(encoded, "payload");
    const auto data = payload ? json::Member(*payload, "data") : std::nullopt;
    const auto ttl = std::chrono::ceil<std::chrono::seconds>(options_.cache_time);
    if (data) cache_->Set(NewsCacheKey(options_), std::string(*data), ttl);
}

Task<RefreshEnd> NewsService::PublishCards(Cards cards, RefreshCause cause, bool from_cache) {
    contract::NewsEvent event;
    event.timestamp = shard_.clock().WallNow();
    event.trigger = TriggerOf(cause);
    event.from_cache = from_cache;
    event.cards = std::move(cards);
    const bool published = co_await loop_->Publish(contract::Encode(event));
    if (published) (from_cache ? stats_.events_cached : stats_.events_fresh).Add();
    co_return published ? RefreshEnd::kPublished : RefreshEnd::kMayPass;
}

/// The source's own count of what is left; other processes may spend from it, too.
void NewsService::HeedCredits(const net::HttpReply& reply) {
    const WallMillis now = shard_.clock().WallNow();
    const auto of_window = json::AsInteger(reply.Header("X-RateLimit-Remaining"));
    const auto of_day = json::AsInteger(reply.Header("X-API-Limit-Remaining"));
    if (of_day) stats_.credits_left.Set(*of_day);
    credits_again_at_.reset();
    if (of_window && *of_window <= 0) credits_again_at_ = now + kQuarterHour.count();
    if (of_day && *of_day <= 0) credits_again_at_ = NextMidnight(now);
}

std::optional<UpstreamError> NewsService::OutOfCredits() const {
    if (!credits_again_at_ || shard_.clock().WallNow() >= *credits_again_at_) return std::nullopt;
    UpstreamError error = RefusedAnswer(
        Failure::kLimit,
        "NewsData.io was asked as often as it allows for now.",
        "the source says that no credits are left"
    );
    error.retry_at = credits_again_at_;
    return error;
}

RefreshEnd NewsService::SayFailed(const UpstreamError& error) {
    ServiceStatus status;
    status.state = ServiceState::kDown;
    if (error.failure == Failure::kNoKey) status.state = ServiceState::kNoKey;
    if (error.failure == Failure::kLimit) status.state = ServiceState::kDegraded;
    status.error = error.failure;
    status.message = error.message;
    status.retry_at = error.retry_at;
    Say(std::move(status), error.detail);
    const bool may_pass =
        error.failure == Failure::kSourceDown || error.failure == Failure::kBadData;
    return may_pass ? RefreshEnd::kMayPass : RefreshEnd::kMustWait;
}

/// To everybody, and to the log when the state is another than before.
void NewsService::Say(ServiceStatus status, std::string_view detail) {
    const ServiceState before = status_->status().state;
    const std::string message = status.message.value_or("");
    const ServiceState now = status.state;
    status_->Set(std::move(status));
    if (now == before) return;
    if (now == ServiceState::kLive) {
        log::Info("news.live", "the news source gives headlines again");
        return;
    }
    log::Warn("news.not_live", message, {{"state", contract::NameOf(now)}, {"detail", detail}});
}

}  // namespace flux::feeds
