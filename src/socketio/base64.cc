#include "socketio/base64.h"

#include <array>
#include <cstdint>

namespace flux::socketio {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xff;

consteval std::array<std::uint8_t, 256> MakeValues() {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNone);
    for (std::uint8_t i = 0; i < 64; ++i)
        values[static_cast<unsigned char>(kAlphabet[i])] = i;
    return values;
}
constexpr std::array<std::uint8_t, 256> kValues = MakeValues();

/// A line of base64 has 76 digits (RFC 2045, 6.8); far more breaks than that carry nothing.
constexpr std::size_t kBytesPerBreak = 20;
constexpr std::size_t kBreaksFree = 8;

std::uint32_t Byte(char c) {
    return static_cast<unsigned char>(c);
}

}  // namespace

void AppendBase64(std::string& out, std::string_view bytes) {
    const std::size_t start = out.size();
    out.resize(start + Base64Length(bytes.size()));
    char* at = out.data() + start;
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        const std::uint32_t bits =
            Byte(bytes[i]) << 16 | Byte(bytes[i + 1]) << 8 | Byte(bytes[i + 2]);
        *at++ = kAlphabet[bits >> 18];
        *at++ = kAlphabet[bits >> 12 & 63];
        *at++ = kAlphabet[bits >> 6 & 63];
        *at++ = kAlphabet[bits & 63];
    }
    const std::size_t rest = bytes.size() - i;
    if (rest == 0) return;
    const std::uint32_t bits = Byte(bytes[i]) << 16 | (rest == 2 ? Byte(bytes[i + 1]) << 8 : 0);
    *at++ = kAlphabet[bits >> 18];
    *at++ = kAlphabet[bits >> 12 & 63];
    *at++ = rest == 2 ? kAlphabet[bits >> 6 & 63] : '=';
    *at++ = '=';
}

std::optional<std::string> DecodeBase64(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    int held = 0;
    std::size_t digits = 0;
    std::size_t padding = 0;
    std::size_t breaks = 0;
    const std::size_t breaks_max = text.size() / kBytesPerBreak + kBreaksFree;
    for (const char c : text) {
        if (c == '\n' || c == '\r') {
            if (++breaks > breaks_max) return std::nullopt;
            continue;
        }
        if (c == '=') {
            ++padding;
            continue;
        }
        const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
        if (value == kNone || padding != 0) return std::nullopt;
        ++digits;
        bits = bits << 6 | value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes.push_back(static_cast<char>(bits >> held & 0xff));
        }
    }
    if (digits % 4 == 1) return std::nullopt;
    if (padding > 2 || (padding != 0 && (digits + padding) % 4 != 0)) return std::nullopt;
    // The bits left over carry nothing: an encoder writes them as zero.
    if ((bits & ((1u << held) - 1)) != 0) return std::nullopt;
    return bytes;
}

}  // namespace flux::socketio
