#include "feeds/crypto/crypto_options.h"

#include "feeds/crypto/exchange_ticker.h"
#include "net/client/url.h"

#include <set>

namespace flux::feeds {
namespace {

constexpr std::size_t kProductsMax = 1000;

Error Bad(std::string why) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(why));
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
        const auto rest = net::Url::Parse(options.rest_base_url);
        if (!rest) return Bad("coinbase.rest_base_url: " + rest.error().context);
        if (rest->web_socket()) {
            return Bad("coinbase.rest_base_url must begin with http:// or https://");
        }
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
    return CheckProducts(options);
}

}  // namespace flux::feeds
