#include "feeds/crypto/product_catalog.h"

#include "base/log.h"
#include "feeds/crypto/exchange_ticker.h"
#include "json/json_check.h"
#include "json/json_fields.h"
#include "runtime/task_group.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <optional>
#include <utility>

namespace flux::feeds {
namespace {

constexpr std::string_view kName = "Coinbase";
constexpr std::string_view kDollars = "USD";

struct Listing {
    std::string id;
    std::string base;
    std::string quote;
    bool online = false;
    bool disabled = false;
};

Listing ReadListing(std::string_view object) {
    Listing listing;
    const auto text = [](std::string_view value) { return json::AsString(value).value_or(""); };
    for (json::ObjectReader members(object); members.Next();) {
        if (members.NameIs("id")) listing.id = text(members.value());
        if (members.NameIs("base_currency")) listing.base = text(members.value());
        if (members.NameIs("quote_currency")) listing.quote = text(members.value());
        if (members.NameIs("status")) listing.online = text(members.value()) == "online";
        if (members.NameIs("trading_disabled")) listing.disabled = members.value() == "true";
    }
    return listing;
}

UpstreamOptions Upstream(
    const CryptoOptions& options, net::Url base, std::shared_ptr<const net::TlsTrust> trust
) {
    UpstreamOptions upstream;
    upstream.name = kName;
    upstream.base = std::move(base);
    upstream.user_agent = options.user_agent;
    if (upstream.base.secure()) upstream.trust = std::move(trust);
    upstream.time_max = options.connect_time_max;
    upstream.body_bytes_max = options.catalog_bytes_max;
    upstream.tries = 1;  // who asks asks again
    upstream.limit_wait = options.catalog_retry_first;
    return upstream;
}

}  // namespace

Result<TradedProducts> DecodeTradedProducts(std::string_view body, std::size_t bytes_max) {
    json::CheckLimits limits;
    limits.bytes_max = bytes_max;
    const Result<void> checked = json::Check(body, limits);
    if (!checked) return checked.error();
    if (json::KindOf(body) != json::Kind::kArray) {
        return Error(ErrorCode::kBadInput, Retry::kLater, "the product list is no JSON array");
    }
    TradedProducts traded;
    for (json::ArrayReader items(body); items.Next();) {
        Listing listing = ReadListing(items.value());
        if (!listing.online || listing.disabled || !IsProductId(listing.id)) continue;
        if (listing.quote == kDollars && !listing.base.empty()) {
            traded.usd_by_base.emplace(std::move(listing.base), listing.id);
        }
        traded.ids.insert(std::move(listing.id));
    }
    return traded;
}

ProductCatalog::ProductCatalog(
    const CryptoOptions& options,
    net::Url base,
    std::shared_ptr<const net::TlsTrust> trust,
    const Clock& clock,
    Random& random,
    CryptoStats& stats,
    UpstreamStats& upstream_stats
)
    : options_(options),
      clock_(clock),
      stats_(stats),
      client_(Upstream(options, std::move(base), std::move(trust)), clock, random, upstream_stats),
      backoff_(options.catalog_retry_first, options.catalog_retry_longest, random) {}

Task<> ProductCatalog::Run() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    for (;;) {
        Task<Answer> asking = Traded(Milliseconds::max());
        const Answer answer = co_await std::move(asking);
        const auto state = co_await boost::asio::this_coro::cancellation_state;
        if (state.cancelled() != boost::asio::cancellation_type::none) co_return;
        const auto* const error = std::get_if<UpstreamError>(&answer);
        if (error == nullptr) co_return;
        const WallMillis again_at = error->retry_at.value_or(0);
        const Milliseconds asked(std::max<WallMillis>(again_at - clock_.WallNow(), 0));
        const bool slept = co_await SleepFor(std::max(backoff_.Next(), asked));
        if (!slept) co_return;
    }
}

Task<ProductCatalog::Answer> ProductCatalog::Traded(Milliseconds age_max) {
    // Not compared in nanoseconds, of which `age_max` may be more than there are.
    const auto age = std::chrono::duration_cast<Milliseconds>(clock_.Now() - read_at_);
    if (traded_ && age < age_max) co_return traded_;
    std::function<Task<Answer>()> fly = [this] { return Ask(); };
    Task<Answer> flight = flight_.Do("products", std::move(fly));
    co_return co_await std::move(flight);
}

Task<ProductCatalog::Answer> ProductCatalog::Ask() {
    std::shared_ptr<const TradedProducts> traded;
    JudgeAnswer judge = [&](const net::HttpReply& reply) -> std::optional<UpstreamError> {
        if (reply.status != 200) return std::nullopt;
        Result<TradedProducts> read = DecodeTradedProducts(reply.body, options_.catalog_bytes_max);
        if (read) {
            traded = std::make_shared<const TradedProducts>(*std::move(read));
            return std::nullopt;
        }
        return RefusedAnswer(
            contract::Failure::kBadData,
            fmt::format("{} gave an answer that cannot be used.", kName),
            read.error().context
        );
    };
    Task<UpstreamClient::Answer> call = client_.Get("/products", std::move(judge));
    UpstreamClient::Answer answer = co_await std::move(call);
    if (auto* const error = std::get_if<UpstreamError>(&answer)) {
        if (error->failure == contract::Failure::kInternal) co_return std::move(*error);
        stats_.catalog_failures.Add();
        if (!std::exchange(failure_logged_, true)) {
            log::Warn(
                "crypto.catalog_unavailable",
                "the product list could not be read; the stream goes on without it, and it is "
                "asked for again",
                {{"error", error->detail}}
            );
        }
        co_return std::move(*error);
    }
    failure_logged_ = false;
    traded_ = traded;
    read_at_ = clock_.Now();
    Compare(*traded);
    co_return traded;
}

void ProductCatalog::Compare(const TradedProducts& traded) {
    std::string unlisted;
    std::int64_t count = 0;
    for (const std::string& product : options_.products) {
        if (traded.ids.contains(product)) continue;
        ++count;
        unlisted += (unlisted.empty() ? "" : " ") + product;
    }
    stats_.products_unlisted.Set(count);
    if (unlisted == unlisted_) return;
    unlisted_ = unlisted;
    if (count == 0) return;
    log::Warn(
        "crypto.products_unlisted",
        "the exchange does not trade all products of the setting crypto.products; correct or "
        "remove them",
        {{"unlisted", unlisted}}
    );
}

}  // namespace flux::feeds
