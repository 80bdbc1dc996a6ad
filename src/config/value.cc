#include "config/value.h"

#include <fmt/format.h>
#include <string_view>

namespace flux::config {
namespace {

std::string Quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7F) {
            out += fmt::format("\\u{:04X}", byte);
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string Number(double number) {
    std::string text = fmt::format("{}", number);
    // TOML tells a float from an integer by its point.
    if (text.find_first_of(".enai") == std::string::npos) text += ".0";
    return text;
}

}  // namespace

std::string ToToml(const Value& value) {
    if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    if (const auto* number = std::get_if<double>(&value)) return Number(*number);
    if (const auto* text = std::get_if<std::string>(&value)) return Quoted(*text);
    std::string out = "[";
    for (const std::string& item : std::get<std::vector<std::string>>(value)) {
        if (out.size() > 1) out += ", ";
        out += Quoted(item);
    }
    return out + "]";
}

}  // namespace flux::config
