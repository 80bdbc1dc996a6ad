// E5 `stock.service.event.updated`: the day's best and worst of a list of shares.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace flux::contract {

/// All numbers with 2 decimals; prices in USD.
struct StockPerformance {
    std::string symbol;
    double current_price = 0;
    double previous_close = 0;
    double change = 0;
    double change_percent = 0;
    double high = 0;
    double low = 0;
    double open = 0;

    friend bool operator==(const StockPerformance&, const StockPerformance&) = default;
};

/// `meta` is the same in every event: Finnhub, US, NYSE and NASDAQ, USD, UTC.
struct StockEvent {
    std::string timestamp;  ///< ISO 8601 UTC: the end of the batch
    std::vector<StockPerformance> gainers;
    std::vector<StockPerformance> losers;  ///< none of the gainers

    friend bool operator==(const StockEvent&, const StockEvent&) = default;
};

/// `{"data":{"meta":...,"timestamp":...,"topGainers":[...],"topLosers":[...]}}`
std::string Encode(const StockEvent& event);
/// Errors: kBadInput naming the field. Thread: any.
Result<StockEvent> DecodeStockEvent(std::string_view json);

}  // namespace flux::contract
