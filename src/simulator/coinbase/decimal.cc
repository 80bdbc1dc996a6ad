#include "simulator/coinbase/decimal.h"

#include "base/assert.h"

#include <algorithm>

namespace flux::simulator {
namespace {

constexpr std::int64_t kWholeMax = 9'000'000'000;

bool IsDigit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::int64_t Scale(int decimals) {
    FLUX_ASSERT(decimals >= 0 && decimals <= kDecimalsMax);
    std::int64_t scale = 1;
    for (int i = 0; i < decimals; ++i)
        scale *= 10;
    return scale;
}

std::string FormatFixed(std::int64_t units, int decimals) {
    const std::int64_t scale = Scale(decimals);
    const std::int64_t size = units < 0 ? -units : units;
    std::string text = (units < 0 ? "-" : "") + std::to_string(size / scale);
    if (decimals == 0) return text;
    const std::string fraction = std::to_string(size % scale);
    text += '.';
    text.append(static_cast<std::size_t>(decimals) - fraction.size(), '0');
    return text + fraction;
}

std::string FormatDecimal(std::int64_t units, int decimals) {
    std::string text = FormatFixed(units, decimals);
    if (decimals == 0) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

std::optional<std::int64_t> ParseDecimal(std::string_view text, int decimals) {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    if (whole.empty() || (point < text.size() && fraction.empty())) return std::nullopt;
    std::int64_t units = 0;
    for (const char c : whole) {
        if (!IsDigit(c) || units > kWholeMax) return std::nullopt;
        units = units * 10 + (c - '0');
    }
    if (units > kWholeMax || !std::all_of(fraction.begin(), fraction.end(), IsDigit)) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(decimals); ++i)
        units = units * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    return negative ? -units : units;
}

int FractionDigits(std::string_view text) {
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos) return 0;
    const std::size_t last = text.find_last_not_of('0');
    return static_cast<int>(last - point);
}

}  // namespace flux::simulator
