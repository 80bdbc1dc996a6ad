// One ticker of Coinbase's Exchange feed and the event it becomes.
#pragma once

#include "base/clock.h"
#include "contract/ticker.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace flux::feeds {

/// The newest trade of a product and its last 24 hours. Every number is the upstream's text, so no
/// digit is lost, and has passed IsDecimal; "" means that the feed did not send it. Value type.
struct ExchangeTicker {
    std::string product_id;     ///< has passed IsProductId
    std::int64_t sequence = 0;  ///< grows per product; gaps are normal
    std::string price;
    std::string open_24h;    ///< may be ""
    std::string low_24h;     ///< in the quote currency
    std::string high_24h;    ///< in the quote currency
    std::string volume_24h;  ///< in the base currency
    std::string best_bid;    ///< this and the following may be ""
    std::string best_ask;
    std::string best_bid_size;
    std::string best_ask_size;
};

/// "BTC-USD": two or more parts of A-Z and 0-9 joined by '-', 32 characters at most.
bool IsProductId(std::string_view text);

/// A JSON number without an exponent, 48 characters at most: it can be spliced into a payload as it
/// is.
bool IsDecimal(std::string_view text);

/// (price - open) / open x 100 with four digits behind the point, as text; "0" when `open` is 0 or
/// absent. Both are decimals.
std::string PercentChange(std::string_view price, std::string_view open);

/// The ticker under the field names of the Advanced Trade feed, which topic
/// crypto.ticker.event.updated carries.
contract::TickerEvent ToEvent(const ExchangeTicker& ticker, WallMillis received);

}  // namespace flux::feeds
