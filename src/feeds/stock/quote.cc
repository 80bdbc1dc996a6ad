#include "feeds/stock/quote.h"

#include "json/json_check.h"
#include "json/json_fields.h"

#include <cmath>
#include <optional>
#include <utility>

namespace flux::feeds {
namespace {

/// No share costs more; what is above has come by mistake, and 2 decimals would be lost.
constexpr double kPriceMax = 1e9;
constexpr double kPercentMax = 1e6;

double Rounded(double value) {
    const double rounded = std::round(value * 100) / 100;
    return rounded == 0 ? 0 : rounded;  // no -0
}

/// The numbers of an answer, as far as they are numbers.
struct Numbers {
    std::optional<double> current;
    std::optional<double> previous_close;
    std::optional<double> high;
    std::optional<double> low;
    std::optional<double> open;
};

Numbers ReadNumbers(std::string_view object) {
    Numbers numbers;
    for (json::ObjectReader members(object); members.Next();) {
        const auto value = json::AsNumber(members.value());
        if (members.NameIs("c")) numbers.current = value;
        if (members.NameIs("pc")) numbers.previous_close = value;
        if (members.NameIs("h")) numbers.high = value;
        if (members.NameIs("l")) numbers.low = value;
        if (members.NameIs("o")) numbers.open = value;
    }
    return numbers;
}

bool IsPrice(const std::optional<double>& value) {
    return value && *value > 0 && *value <= kPriceMax;
}

}  // namespace

std::variant<contract::StockPerformance, QuoteFlaw> ReadQuote(
    std::string symbol, std::string_view body
) {
    if (!json::Check(body) || json::KindOf(json::TrimBlanks(body)) != json::Kind::kObject)
        return QuoteFlaw::kMalformed;
    const Numbers numbers = ReadNumbers(body);
    if (!numbers.current) return QuoteFlaw::kMalformed;
    if (*numbers.current <= 0) return QuoteFlaw::kUnknownSymbol;
    if (!IsPrice(numbers.current)) return QuoteFlaw::kMalformed;
    if (!numbers.previous_close || *numbers.previous_close <= 0) return QuoteFlaw::kNoPreviousClose;
    for (const auto& price : {numbers.previous_close, numbers.high, numbers.low, numbers.open})
        if (!IsPrice(price)) return QuoteFlaw::kMalformed;
    const double change = *numbers.current - *numbers.previous_close;
    const double percent = change / *numbers.previous_close * 100;
    if (!(std::abs(percent) <= kPercentMax)) return QuoteFlaw::kMalformed;
    contract::StockPerformance row;
    row.symbol = std::move(symbol);
    row.current_price = Rounded(*numbers.current);
    row.previous_close = Rounded(*numbers.previous_close);
    row.change = Rounded(change);
    row.change_percent = Rounded(percent);
    row.high = Rounded(*numbers.high);
    row.low = Rounded(*numbers.low);
    row.open = Rounded(*numbers.open);
    return row;
}

}  // namespace flux::feeds
