#include "simulator/json_text.h"

#include "base/assert.h"
#include "json/json_check.h"

#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace flux::simulator {

void JsonText::Separate() {
    if (!std::exchange(fresh_, false)) out_ += ',';
}

JsonText& JsonText::Open(char bracket) {
    Separate();
    out_ += bracket;
    open_ += bracket == '{' ? '}' : ']';
    fresh_ = true;
    return *this;
}

JsonText& JsonText::Close() {
    FLUX_ASSERT(!open_.empty());
    out_ += open_.back();
    open_.pop_back();
    fresh_ = false;
    return *this;
}

JsonText& JsonText::Name(std::string_view name) {
    Separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    fresh_ = true;
    return *this;
}

JsonText& JsonText::Text(std::string_view value) {
    Separate();
    json::AppendQuoted(out_, value);
    return *this;
}

JsonText& JsonText::Integer(std::int64_t value) {
    Separate();
    fmt::format_to(std::back_inserter(out_), "{}", value);
    return *this;
}

JsonText& JsonText::Bool(bool value) {
    return Raw(value ? "true" : "false");
}

JsonText& JsonText::Null() {
    return Raw("null");
}

JsonText& JsonText::Number(double value, int decimals) {
    FLUX_ASSERT(std::isfinite(value));
    std::string text = fmt::format("{:.{}f}", value, decimals);
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') text.pop_back();
    }
    if (text == "-0") text = "0";
    return Raw(text);
}

JsonText& JsonText::Digits(double value, int digits) {
    FLUX_ASSERT(std::isfinite(value));
    return Raw(fmt::format("{:.{}g}", value, digits));
}

JsonText& JsonText::Raw(std::string_view json) {
    Separate();
    out_ += json;
    return *this;
}

std::string JsonText::Take() {
    FLUX_ASSERT(open_.empty());
    fresh_ = true;
    return std::exchange(out_, {});
}

}  // namespace flux::simulator
