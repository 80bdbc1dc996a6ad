#include "feeds/news/news_service.h"

#include "base/units.h"
#include "contract/topics.h"
#include "feeds/news/articles.h"
#include "json/json_fields.h"
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

DomainPlan Plan(const NewsOptions& options) {
    DomainPlan plan;
    plan.refresh.domain = kDomain;
    plan.refresh.event = contract::kNewsUpdated;
    plan.refresh.command = contract::kNewsRefresh;
    plan.refresh.event_key = kEventKey;
    plan.refresh.interval = options.interval;
    plan.refresh.retry_first = options.retry_first;
    plan.words.started_event = "news.started";
    plan.words.started = "the news service is there";
    plan.words.live_event = "news.live";
    plan.words.live = "the news source gives headlines again";
    plan.words.not_live_event = "news.not_live";
    plan.simulated = options.simulated;
    return plan;
}

Result<UpstreamOptions> Upstream(const NewsOptions& options) {
    if (Result<void> fit = Check(options); !fit) return fit.error();
    if (Result<void> fit = CheckKey("newsdata.api_key", options.key); !fit) return fit.error();
    UpstreamOptions upstream;
    upstream.name = kSourceName;
    upstream.base = *net::Url::Parse(options.base_url);
    upstream.user_agent = options.user_agent;
    upstream.key = options.key;
    upstream.needs_key = true;
    upstream.key_parameter = "apikey";
    upstream.time_max = options.call_time_max;
    upstream.limit_wait = options.limited_wait;
    upstream.limits = {
        CallLimit{options.credits_per_quarter_hour, kQuarterHour},
        CallLimit{options.credits_per_day, kDay}};
    return upstream;
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
      })) {
    stats_.credits_left.Set(-1);
}

NewsService::~NewsService() = default;

Task<Result<void>> NewsService::Start(Patience patience) {
    Result<UpstreamOptions> upstream = Upstream(options_);
    if (!upstream) co_return upstream.error();
    Task<Result<void>> starting =
        domain_.Start(*std::move(upstream), options_.ca_file, stats_.upstream, std::move(patience));
    co_return co_await std::move(starting);
}

Task<> NewsService::Stop() {
    return domain_.Stop();
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
        co_await domain_.client().Get(NewsEndpoint(options_), JudgeNewsData);
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
    domain_.Say(ServiceStatus{}, "");
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
    const bool published = co_await domain_.loop().Publish(contract::Encode(event));
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
    const bool limit = error.failure == Failure::kLimit;
    domain_.SayFailed(error, limit ? ServiceState::kDegraded : ServiceState::kDown);
    return EndOf(error);
}

}  // namespace flux::feeds
