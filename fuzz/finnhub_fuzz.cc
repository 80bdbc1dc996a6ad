// Answers of Finnhub, one per line: what is accepted is finite and has two decimals, and what
// becomes of a batch of them is an event that reads back, with no share in both lists.
#include "base/assert.h"
#include "contract/stock.h"
#include "feeds/stock/quote.h"
#include "feeds/stock/stock_ranking.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace {

void CheckRow(const flux::contract::StockPerformance& row) {
    for (const double number :
         {row.current_price,
          row.previous_close,
          row.change,
          row.change_percent,
          row.high,
          row.low,
          row.open}) {
        FLUX_ASSERT(std::isfinite(number));
        FLUX_ASSERT(std::abs(number * 100 - std::round(number * 100)) < 1e-3);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    std::vector<flux::contract::StockPerformance> rows;
    while (!rest.empty() && rows.size() < 30) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        auto read = flux::feeds::ReadQuote("S" + std::to_string(rows.size()), line);
        auto* const row = std::get_if<flux::contract::StockPerformance>(&read);
        if (row == nullptr) continue;
        CheckRow(*row);
        rows.push_back(std::move(*row));
    }
    const std::size_t count = rows.size();
    const auto event = flux::feeds::RankStocks(std::move(rows), 10, "2026-03-20T15:02:11.870Z");
    std::set<std::string> seen;
    for (const auto* list : {&event.gainers, &event.losers})
        for (const auto& row : *list)
            FLUX_ASSERT(seen.insert(row.symbol).second);
    FLUX_ASSERT(seen.size() == std::min<std::size_t>(count, 20));
    const auto again = flux::contract::DecodeStockEvent(flux::contract::Encode(event));
    FLUX_ASSERT(again && *again == event);
    return 0;
}
