#include "feeds/crypto/product_catalog.h"

#include "base/log.h"
#include "base/units.h"
#include "feeds/crypto/exchange_ticker.h"
#include "feeds/upstream/retry_after.h"
#include "json/json_check.h"
#include "json/json_fields.h"
#include "net/client/http_client.h"
#include "runtime/task_group.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace flux::feeds {
namespace {

struct Listing {
    std::string id;
    bool online = false;
    bool disabled = false;
};

Listing ReadListing(std::string_view object) {
    Listing listing;
    for (json::ObjectReader members(object); members.Next();) {
        if (members.NameIs("id")) listing.id = json::AsString(members.value()).value_or("");
        if (members.NameIs("status")) listing.online = json::AsString(members.value()) == "online";
        if (members.NameIs("trading_disabled")) listing.disabled = members.value() == "true";
    }
    return listing;
}

}  // namespace

Result<std::set<std::string, std::less<>>> DecodeTradedProducts(
    std::string_view body, std::size_t bytes_max
) {
    json::CheckLimits limits;
    limits.bytes_max = bytes_max;
    const Result<void> checked = json::Check(body, limits);
    if (!checked) return checked.error();
    if (json::KindOf(body) != json::Kind::kArray) {
        return Error(ErrorCode::kBadInput, Retry::kLater, "the product list is no JSON array");
    }
    std::set<std::string, std::less<>> traded;
    for (json::ArrayReader items(body); items.Next();) {
        Listing listing = ReadListing(items.value());
        if (listing.online && !listing.disabled && IsProductId(listing.id)) {
            traded.insert(std::move(listing.id));
        }
    }
    return traded;
}

ProductCatalog::ProductCatalog(
    const CryptoOptions& options,
    net::Url base,
    std::shared_ptr<const net::TlsTrust> trust,
    const Clock& clock,
    Random& random,
    CryptoStats& stats
)
    : options_(options),
      base_(std::move(base)),
      trust_(std::move(trust)),
      clock_(clock),
      stats_(stats),
      backoff_(options.catalog_retry_first, options.catalog_retry_longest, random) {}

Task<> ProductCatalog::Run() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    for (bool warned = false;;) {
        const std::optional<Refused> refused = co_await Ask();
        const auto state = co_await boost::asio::this_coro::cancellation_state;
        if (!refused || state.cancelled() != boost::asio::cancellation_type::none) co_return;
        stats_.catalog_failures.Add();
        if (!std::exchange(warned, true)) {
            log::Warn(
                "crypto.catalog_unavailable",
                "the product list could not be read; the stream goes on without it, and it is "
                "asked for again",
                {{"error", refused->sentence}}
            );
        }
        const Milliseconds wait = std::max(backoff_.Next(), refused->asked_to_wait);
        const bool slept = co_await SleepFor(wait);
        if (!slept) co_return;
    }
}

Task<std::optional<ProductCatalog::Refused>> ProductCatalog::Ask() {
    net::HttpGetRequest request;
    request.base = base_;
    request.endpoint = "/products";
    request.user_agent = options_.user_agent;
    request.trust = trust_;
    request.time_max = options_.connect_time_max;
    request.body_bytes_max = options_.catalog_bytes_max;
    const Result<net::HttpReply> reply = co_await net::HttpGet(std::move(request));
    if (!reply) co_return Refused{reply.error().context};
    if (reply->status != 200) {
        const auto asked = ParseRetryAfter(reply->Header("Retry-After"), clock_.WallNow());
        co_return Refused{
            "the answer has HTTP status " + std::to_string(reply->status), asked.value_or(0ms)};
    }
    const auto traded = DecodeTradedProducts(reply->body, options_.catalog_bytes_max);
    if (!traded) co_return Refused{traded.error().context};
    Compare(*traded);
    read_ = true;
    co_return std::nullopt;
}

void ProductCatalog::Compare(const std::set<std::string, std::less<>>& traded) {
    std::string unlisted;
    std::int64_t count = 0;
    for (const std::string& product : options_.products) {
        if (traded.contains(product)) continue;
        ++count;
        unlisted += (unlisted.empty() ? "" : " ") + product;
    }
    stats_.products_unlisted.Set(count);
    if (count == 0) return;
    log::Warn(
        "crypto.products_unlisted",
        "the exchange does not trade all products of the setting crypto.products; correct or "
        "remove them",
        {{"unlisted", unlisted}}
    );
}

}  // namespace flux::feeds
