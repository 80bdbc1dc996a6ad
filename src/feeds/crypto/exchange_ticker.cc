#include "feeds/crypto/exchange_ticker.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

namespace flux::feeds {
namespace {

constexpr std::size_t kProductIdBytesMax = 32;
constexpr std::size_t kDecimalBytesMax = 48;

bool IsDigit(char c) {
    return c >= '0' && c <= '9';
}

double ToDouble(std::string_view decimal) {
    double value = 0;
    std::from_chars(decimal.data(), decimal.data() + decimal.size(), value);
    return value;
}

std::optional<std::string> IfSent(const std::string& number) {
    return number.empty() ? std::nullopt : std::optional(number);
}

}  // namespace

bool IsProductId(std::string_view text) {
    if (text.size() > kProductIdBytesMax) return false;
    std::size_t parts = 0;
    char previous = '-';
    for (const char c : text) {
        if (c == '-') {
            if (previous == '-') return false;
        } else {
            if (!IsDigit(c) && (c < 'A' || c > 'Z')) return false;
            if (previous == '-') ++parts;
        }
        previous = c;
    }
    return parts >= 2 && previous != '-';
}

bool IsDecimal(std::string_view text) {
    if (text.size() > kDecimalBytesMax) return false;
    if (!text.empty() && text.front() == '-') text.remove_prefix(1);
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return false;
    if (!std::all_of(whole.begin(), whole.end(), IsDigit)) return false;
    if (point == std::string_view::npos) return true;
    const std::string_view fraction = text.substr(point + 1);
    return !fraction.empty() && std::all_of(fraction.begin(), fraction.end(), IsDigit);
}

std::string PercentChange(std::string_view price, std::string_view open) {
    const double before = ToDouble(open);
    const double percent = (ToDouble(price) - before) / before * 100;
    // Also catches what dividing by (nearly) nothing gives.
    if (before == 0 || !std::isfinite(percent) || std::abs(percent) > 1e15) return "0";
    char text[64];
    const int length = std::snprintf(text, sizeof text, "%.4f", percent);
    const std::string_view written(text, static_cast<std::size_t>(length));
    return std::string(written == "-0.0000" ? written.substr(1) : written);
}

contract::TickerEvent ToEvent(const ExchangeTicker& ticker, WallMillis received) {
    contract::TickerEvent event;
    event.ts = received;
    event.data.product_id = ticker.product_id;
    event.data.price = ticker.price;
    event.data.volume_24_h = ticker.volume_24h;
    event.data.low_24_h = ticker.low_24h;
    event.data.high_24_h = ticker.high_24h;
    event.data.price_percent_chg_24_h = PercentChange(ticker.price, ticker.open_24h);
    event.data.best_bid = ticker.best_bid;
    event.data.best_ask = ticker.best_ask;
    event.data.best_bid_quantity = IfSent(ticker.best_bid_size);
    event.data.best_ask_quantity = IfSent(ticker.best_ask_size);
    return event;
}

}  // namespace flux::feeds
