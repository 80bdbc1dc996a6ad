// One quote of Finnhub.
#pragma once

#include "contract/stock.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace flux::feeds {

/// Why an answer gives no row.
enum class QuoteFlaw : std::uint8_t {
    kMalformed,        ///< no JSON object, or a number is missing, null or beyond reason
    kUnknownSymbol,    ///< all zeros: what Finnhub answers for a symbol it does not cover
    kNoPreviousClose,  ///< without one there is no change to rank by
};

/// Reads the answer to GET /quote. All numbers with 2 decimals; change and percentage are computed
/// from price and previous close, because the vendor's own may be null. Thread: any.
std::variant<contract::StockPerformance, QuoteFlaw> ReadQuote(
    std::string symbol, std::string_view body
);

}  // namespace flux::feeds
