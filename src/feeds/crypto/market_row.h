// One coin as CoinGecko lists it, and reading its lists.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::feeds {

/// A row of GET /coins/markets in USD. What the vendor may leave null is optional; what is there is
/// finite.
struct MarketRow {
    std::string id;
    std::string symbol;  ///< lower case
    std::string name;
    std::string image;         ///< an http(s) URL, or ""
    double current_price = 0;  ///< USD, not negative
    std::optional<double> market_cap;
    std::optional<double> market_cap_rank;
    std::optional<double> total_volume;
    std::optional<double> high_24h;
    std::optional<double> low_24h;
    std::optional<double> change_1h;   ///< percent
    std::optional<double> change_24h;  ///< percent
    std::string last_updated;          ///< ISO 8601

    friend bool operator==(const MarketRow&, const MarketRow&) = default;
};

struct MarketList {
    std::vector<MarketRow> rows;  ///< largest market capitalisation first, unknown ones last
    std::size_t rows_skipped = 0;
};

/// Reads the body of an answer. A row without a usable id, symbol, name or price, or with a member
/// of another kind, is skipped and counted. Errors: kBadInput or kTooLarge when it is no JSON array
/// (the vendor says its throttling with HTTP 200 and an object, see ThrottleCode). Thread: any.
Result<MarketList> DecodeMarkets(std::string_view body, std::size_t bytes_max);

/// The `error_code` of an answer that is an object: {"status":{"error_code":429,...}}, also inside
/// "error". Nothing when there is none. Reads any text. Thread: any.
std::optional<int> ThrottleCode(std::string_view body, std::size_t bytes_max);

}  // namespace flux::feeds
