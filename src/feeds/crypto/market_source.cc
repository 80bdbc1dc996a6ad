#include "feeds/crypto/market_source.h"

#include <fmt/format.h>
#include <optional>
#include <string>
#include <utility>

namespace flux::feeds {
namespace {

using contract::Failure;

constexpr std::string_view kName = "CoinGecko";
constexpr std::string_view kEndpoint =
    "/coins/markets?vs_currency=usd&order=market_cap_desc&per_page=100&page=1"
    "&price_change_percentage=1h,24h";

// The vendor's own error codes.
constexpr int kThrottled = 429;
constexpr int kKeyMissing = 10002;
constexpr int kPlan = 10005;
constexpr int kProKeyElsewhere = 10010;
constexpr int kDemoKeyElsewhere = 10011;

UpstreamError Limited(std::string detail) {
    return RefusedAnswer(
        Failure::kLimit, "CoinGecko takes no more requests for now.", std::move(detail)
    );
}

UpstreamError Unusable(std::string detail) {
    return RefusedAnswer(
        Failure::kBadData, "CoinGecko gave an answer that cannot be used.", std::move(detail)
    );
}

/// What an answer that is no list says by its code, whatever its HTTP status.
std::optional<UpstreamError> ByCode(int code) {
    if (code == kThrottled) return Limited("the answer says error code 429");
    if (code != kKeyMissing && code != kPlan && code != kProKeyElsewhere &&
        code != kDemoKeyElsewhere) {
        return std::nullopt;
    }
    return RefusedAnswer(
        Failure::kKeyRefused,
        "CoinGecko refuses this server's key.",
        fmt::format("the answer says error code {}", code)
    );
}

UpstreamOptions Upstream(const CryptoOptions& options, std::shared_ptr<const net::TlsTrust> trust) {
    UpstreamOptions upstream;
    upstream.name = kName;
    upstream.base = *net::Url::Parse(options.coingecko_url);
    upstream.user_agent = options.user_agent;
    upstream.key = options.coingecko_key;
    // A key of the other plan is refused on either host.
    upstream.key_header =
        upstream.base.host.starts_with("pro-api.") ? "x-cg-pro-api-key" : "x-cg-demo-api-key";
    if (upstream.base.secure()) upstream.trust = std::move(trust);
    upstream.time_max = options.market_time_max;
    upstream.body_bytes_max = options.markets_bytes_max;
    upstream.limits = {CallLimit{options.coingecko_calls_per_minute, std::chrono::minutes(1)}};
    return upstream;
}

}  // namespace

MarketSource::MarketSource(
    const CryptoOptions& options,
    std::shared_ptr<const net::TlsTrust> trust,
    const Clock& clock,
    Random& random,
    MarketStats& stats
)
    : options_(options),
      clock_(clock),
      stats_(stats),
      client_(Upstream(options, std::move(trust)), clock, random, stats.coingecko) {}

Task<MarketSource::Answer> MarketSource::Get() {
    if (rows_ && clock_.Now() - asked_at_ < options_.markets_max_age) {
        Markets markets;
        markets.rows = rows_;
        markets.from_cache = true;
        co_return markets;
    }
    std::function<Task<Answer>()> fly = [this] { return Ask(); };
    Task<Answer> flight = flight_.Do("markets", std::move(fly));
    co_return co_await std::move(flight);
}

Task<MarketSource::Answer> MarketSource::Ask() {
    MarketList list;
    JudgeAnswer judge = [&](const net::HttpReply& reply) -> std::optional<UpstreamError> {
        if (reply.status == 200) {
            Result<MarketList> read = DecodeMarkets(reply.body, options_.markets_bytes_max);
            if (read && !read->rows.empty()) {
                list = *std::move(read);
                return std::nullopt;
            }
            const auto code = ThrottleCode(reply.body, options_.markets_bytes_max);
            if (std::optional<UpstreamError> error = ByCode(code.value_or(0))) return error;
            return Unusable(read ? "no row of the list can be used" : read.error().context);
        }
        // Its firewall: not a matter of keys, and over after a while.
        if (reply.status == 403) return Limited("HTTP status 403");
        return ByCode(ThrottleCode(reply.body, options_.markets_bytes_max).value_or(0));
    };
    const SteadyTime asked_at = clock_.Now();
    Task<UpstreamClient::Answer> call = client_.Get(std::string(kEndpoint), std::move(judge));
    UpstreamClient::Answer answer = co_await std::move(call);
    if (auto* const error = std::get_if<UpstreamError>(&answer)) co_return std::move(*error);
    for (std::size_t row = 0; row < list.rows_skipped; ++row)
        stats_.rows_skipped.Add();
    rows_ = std::make_shared<const std::vector<MarketRow>>(std::move(list.rows));
    asked_at_ = asked_at;
    Markets markets;
    markets.rows = rows_;
    co_return markets;
}

}  // namespace flux::feeds
