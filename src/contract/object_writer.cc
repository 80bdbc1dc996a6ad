#include "contract/object_writer.h"

#include "base/assert.h"
#include "json/json_check.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>

namespace flux::contract {
namespace {

/// The digits and the decimal exponent of a positive number: 0.`digits` * 10^`point`.
struct Digits {
    std::string digits;
    int point = 0;
};

/// The fewest digits that read back as the same double.
Digits ShortestDigits(double positive) {
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(
        text.data(), text.data() + text.size(), positive, std::chars_format::scientific
    );
    FLUX_ASSERT(error == std::errc());
    const std::string_view all(text.data(), static_cast<std::size_t>(end - text.data()));
    const std::size_t e = all.find('e');
    Digits digits;
    for (const char character : all.substr(0, e)) {
        if (character != '.') digits.digits += character;
    }
    const bool negative = all[e + 1] == '-';
    for (const char character : all.substr(e + 2))
        digits.point = digits.point * 10 + (character - '0');
    digits.point = (negative ? -digits.point : digits.point) + 1;
    return digits;
}

}  // namespace

// ECMAScript, Number::toString: plain digits from 1e-7 to 1e21, an exponent outside.
std::string NumberJson(double value) {
    if (!std::isfinite(value)) return "null";
    if (value == 0) return "0";
    const auto [digits, point] = ShortestDigits(std::abs(value));
    const auto count = static_cast<int>(digits.size());
    std::string out = value < 0 ? "-" : "";
    if (point > 0 && point <= 21) {
        const auto whole = static_cast<std::size_t>(point);
        if (count <= point) return out + digits + std::string(whole - digits.size(), '0');
        return out + digits.substr(0, whole) + '.' + digits.substr(whole);
    }
    if (point > -6 && point <= 0) {
        return out + "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
    }
    out += digits[0];
    if (count > 1) out += '.' + digits.substr(1);
    out += point > 0 ? "e+" : "e-";
    return out + std::to_string(std::abs(point - 1));
}

void ObjectWriter::Name(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
}

void ObjectWriter::Text(std::string_view name, std::string_view value) {
    Name(name);
    json::AppendQuoted(out_, value);
}

void ObjectWriter::OptionalText(std::string_view name, const std::optional<std::string>& value) {
    if (value) Text(name, std::string_view(*value));
}

void ObjectWriter::Integer(std::string_view name, std::int64_t value) {
    Name(name);
    out_ += std::to_string(value);
}

void ObjectWriter::TextOrNull(std::string_view name, const std::optional<std::string>& value) {
    if (value) return Text(name, *value);
    Raw(name, "null");
}

void ObjectWriter::Number(std::string_view name, double value) {
    Raw(name, NumberJson(value));
}

void ObjectWriter::OptionalNumber(std::string_view name, const std::optional<double>& value) {
    if (value) Number(name, *value);
}

void ObjectWriter::Bool(std::string_view name, bool value) {
    Raw(name, value ? "true" : "false");
}

void ObjectWriter::Texts(std::string_view name, std::span<const std::string> values) {
    Name(name);
    out_ += '[';
    for (std::size_t index = 0; index < values.size(); ++index) {
        if (index > 0) out_ += ',';
        json::AppendQuoted(out_, values[index]);
    }
    out_ += ']';
}

void ObjectWriter::Raw(std::string_view name, std::string_view json) {
    Name(name);
    out_ += json;
}

std::string ObjectWriter::Take() {
    out_ += '}';
    return std::exchange(out_, "{");
}

}  // namespace flux::contract
