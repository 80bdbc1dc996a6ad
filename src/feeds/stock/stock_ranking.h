// Who rose and fell most of a batch of quotes.
#pragma once

#include "contract/stock.h"

#include <cstddef>
#include <string>
#include <vector>

namespace flux::feeds {

/// Both lists of `rows`, each up to `rows_max` long, by change in percent: gainers from the top,
/// losers from the bottom, ties by symbol. No share is in both: with few rows the lists share them,
/// gainers first. `timestamp` is the event's. Thread: any.
contract::StockEvent RankStocks(
    std::vector<contract::StockPerformance> rows, std::size_t rows_max, std::string timestamp
);

}  // namespace flux::feeds
