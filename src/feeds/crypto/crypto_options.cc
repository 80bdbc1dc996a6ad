#include "feeds/crypto/crypto_options.h"

#include "feeds/crypto/exchange_ticker.h"
#include "feeds/upstream/upstream_client.h"
#include "net/client/url.h"

#include <set>
#include <string_view>

namespace flux::feeds {
namespace {

constexpr std::size_t kProductsMax = 1000;
constexpr std::size_t kListMax = 100;  // what one answer of the market list holds

Error Bad(std::string why) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(why));
}

Result<void> CheckUrl(std::string_view setting, const std::string& url) {
    const auto parsed = net::Url::Parse(url);
    if (!parsed) return Bad(std::string(setting) + ": " + parsed.error().context);
    if (parsed->web_socket()) {
        return Bad(std::string(setting) + " must begin with http:// or https://");
    }
    return {};
}

Result<void> CheckMarkets(const CryptoOptions& options) {
    for (const Milliseconds time :
         {options.movers_interval,
          options.top_coins_interval,
          options.top_coins_rebuild,
          options.top_coins_age_max,
          options.rate_age_max,
          options.markets_max_age,
          options.market_time_max}) {
        if (time <= Milliseconds(0)) return Bad("every time of crypto must be at least 1 ms");
    }
    if (options.movers_max == 0 || options.movers_max > kListMax || options.top_coins_max == 0 ||
        options.top_coins_max > kListMax) {
        return Bad("crypto: the lists of movers and top coins hold 1 to 100 coins");
    }
    if (options.coingecko_calls_per_minute == 0) {
        return Bad("coingecko.calls_per_minute must be at least 1");
    }
    if (options.coingecko_url.empty()) return {};
    if (Result<void> fit = CheckUrl("coingecko.base_url", options.coingecko_url); !fit) return fit;
    if (Result<void> fit = CheckUrl("frankfurter.base_url", options.frankfurter_url); !fit) {
        return fit;
    }
    if (options.rest_base_url.empty()) {
        return Bad(
            "coingecko.base_url is set but coinbase.rest_base_url is not; top coins need the list "
            "of products: set both or neither"
        );
    }
    return CheckKey("coingecko.api_key", options.coingecko_key);
}

Result<void> CheckProducts(const CryptoOptions& options) {
    if (options.products.empty() || options.products.size() > kProductsMax) {
        return Bad("crypto.products must name 1 to 1000 products such as BTC-USD");
    }
    std::set<std::string_view> seen;
    for (const std::string& product : options.products) {
        if (!IsProductId(product)) {
            return Bad(
                "crypto.products holds \"" + product.substr(0, 40) +
                "\", which is no product id; write it like BTC-USD"
            );
        }
        if (!seen.insert(product).second) return Bad("crypto.products names " + product + " twice");
    }
    return {};
}

}  // namespace

Result<void> Check(const CryptoOptions& options) {
    const auto ws = net::Url::Parse(options.ws_url);
    if (!ws) return Bad("coinbase.ws_url: " + ws.error().context);
    if (!ws->web_socket()) return Bad("coinbase.ws_url must begin with ws:// or wss://");
    if (!options.rest_base_url.empty()) {
        const Result<void> fit = CheckUrl("coinbase.rest_base_url", options.rest_base_url);
        if (!fit) return fit;
    }
    if (options.products_per_connection == 0) {
        return Bad("crypto.products_per_connection must be at least 1");
    }
    for (const Milliseconds time :
         {options.flush_interval,
          options.connect_time_max,
          options.write_time_max,
          options.ack_time_max,
          options.silence_max,
          options.reconnect_first,
          options.reconnect_longest,
          options.missing_retry,
          options.catalog_retry_first,
          options.catalog_retry_longest}) {
        if (time <= Milliseconds(0)) return Bad("every time of crypto must be at least 1 ms");
    }
    if (options.connects_per_second <= 0 || options.connects_burst < 1) {
        return Bad("crypto.connects_per_second must be above 0 and its burst at least 1");
    }
    if (Result<void> fit = CheckMarkets(options); !fit) return fit;
    return CheckProducts(options);
}

}  // namespace flux::feeds
