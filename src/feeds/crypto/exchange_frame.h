// What Coinbase's Exchange feed sends, one frame at a time.
#pragma once

#include "base/result.h"
#include "feeds/crypto/exchange_ticker.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace flux::feeds {

/// "heartbeat": once a second per product.
struct Heartbeat {
    std::string product_id;
};

/// "subscriptions": the whole state of this connection, sent after every subscribe.
struct Subscriptions {
    std::vector<std::string> ticker_products;  ///< of the channel "ticker"
};

/// "error": a refusal, in words.
struct FeedError {
    std::string message;
    std::string reason;
};

/// Any other type: the vendor adds some from time to time, and asks that they be ignored.
struct UnknownFrame {
    std::string type;
};

using ExchangeFrame =
    std::variant<ExchangeTicker, Heartbeat, Subscriptions, FeedError, UnknownFrame>;

/// Takes one frame apart. Errors: kBadInput for text that is no JSON object with a type, or a
/// ticker whose identity, price, range, volume or book is missing or malformed; kTooLarge over
/// `bytes_max`. Malformed optional numbers are left out. Thread: any.
Result<ExchangeFrame> DecodeExchangeFrame(std::string_view text, std::size_t bytes_max);

/// The frame that asks for ticker and heartbeat of `products` (which have passed IsProductId).
std::string EncodeSubscribe(std::span<const std::string> products);

}  // namespace flux::feeds
