#include "feeds/stock/stock_options.h"

#include "net/client/url.h"

#include <algorithm>
#include <set>

namespace flux::feeds {
namespace {

constexpr std::size_t kSymbolsMax = 500;
constexpr std::size_t kSymbolBytesMax = 20;

Error Bad(std::string why) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(why));
}

bool IsLetterOrDigit(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

Result<void> CheckSymbols(const std::vector<std::string>& symbols) {
    if (symbols.size() < 2 || symbols.size() > kSymbolsMax) {
        return Bad(
            "stock.symbols must name 2 to 500 symbols such as AAPL: one that rose and one that fell"
        );
    }
    std::set<std::string_view> seen;
    for (const std::string& symbol : symbols) {
        if (!IsSymbol(symbol)) {
            return Bad(
                "stock.symbols holds \"" + symbol.substr(0, 40) +
                "\", which is no symbol; write it like AAPL or BRK.B"
            );
        }
        if (!seen.insert(symbol).second) return Bad("stock.symbols names " + symbol + " twice");
    }
    return {};
}

}  // namespace

bool IsSymbol(std::string_view text) {
    return !text.empty() && text.size() <= kSymbolBytesMax && IsLetterOrDigit(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return IsLetterOrDigit(c) || c == '.' || c == '-';
           });
}

Result<void> Check(const StockOptions& options) {
    const auto base = net::Url::Parse(options.base_url);
    if (!base) return Bad("finnhub.base_url: " + base.error().context);
    if (base->web_socket()) return Bad("finnhub.base_url must begin with http:// or https://");
    for (const Milliseconds time :
         {options.interval,
          options.call_time_max,
          options.batch_time_max,
          options.retry_first,
          options.cache_time}) {
        if (time <= Milliseconds(0)) return Bad("every time of stock must be at least 1 ms");
    }
    if (options.calls_per_minute == 0 || options.calls_per_second == 0) {
        return Bad("stock.calls_per_minute and stock.calls_per_second must be at least 1");
    }
    if (options.quotes_min_percent == 0 || options.quotes_min_percent > 100) {
        return Bad("stock.quotes_min must be from 1 to 100 percent");
    }
    if (options.rows_max == 0) return Bad("stock.rows must be at least 1");
    return CheckSymbols(options.symbols);
}

}  // namespace flux::feeds
