#include "feeds/stock/stock_ranking.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace flux::feeds {

contract::StockEvent RankStocks(
    std::vector<contract::StockPerformance> rows, std::size_t rows_max, std::string timestamp
) {
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return a.change_percent != b.change_percent ? a.change_percent > b.change_percent
                                                    : a.symbol < b.symbol;
    });
    const std::size_t gainers = std::min(rows_max, (rows.size() + 1) / 2);
    const std::size_t losers = std::min(rows_max, rows.size() - gainers);
    contract::StockEvent event;
    event.timestamp = std::move(timestamp);
    std::move(
        rows.begin(),
        rows.begin() + static_cast<std::ptrdiff_t>(gainers),
        std::back_inserter(event.gainers)
    );
    std::move(
        rows.rbegin(),
        rows.rbegin() + static_cast<std::ptrdiff_t>(losers),
        std::back_inserter(event.losers)
    );
    // From the bottom up, equal ones stand in reverse.
    std::stable_sort(event.losers.begin(), event.losers.end(), [](const auto& a, const auto& b) {
        return a.change_percent != b.change_percent ? a.change_percent < b.change_percent
                                                    : a.symbol < b.symbol;
    });
    return event;
}

}  // namespace flux::feeds
