#include "json/utf8.h"

namespace flux::json {

namespace {

/// What a first byte announces: how long the character is, and the range of its second byte (which
/// is what shuts out overlong forms, surrogates and values past U+10FFFF).
struct Lead {
    unsigned char length;
    unsigned char second_min;
    unsigned char second_max;
};

Lead LeadOf(unsigned char first) {
    if (first < 0x80) return {1, 0, 0};
    if (first < 0xC2) return {0, 0, 0};
    if (first < 0xE0) return {2, 0x80, 0xBF};
    if (first == 0xE0) return {3, 0xA0, 0xBF};
    if (first == 0xED) return {3, 0x80, 0x9F};
    if (first < 0xF0) return {3, 0x80, 0xBF};
    if (first == 0xF0) return {4, 0x90, 0xBF};
    if (first < 0xF4) return {4, 0x80, 0xBF};
    if (first == 0xF4) return {4, 0x80, 0x8F};
    return {0, 0, 0};
}

/// How many of the announced bytes are there and fit.
std::size_t FittingBytes(const Lead& lead, const char* at, const char* end) {
    if (lead.length < 2) return lead.length;
    std::size_t fitting = 1;
    while (fitting < lead.length && at + fitting < end) {
        const auto byte = static_cast<unsigned char>(at[fitting]);
        const unsigned char low = fitting == 1 ? lead.second_min : 0x80;
        const unsigned char high = fitting == 1 ? lead.second_max : 0xBF;
        if (byte < low || byte > high) break;
        ++fitting;
    }
    return fitting;
}

}  // namespace

std::size_t Utf8CharacterAt(const char* at, const char* end) {
    const Lead lead = LeadOf(static_cast<unsigned char>(*at));
    return FittingBytes(lead, at, end) == lead.length ? lead.length : 0;
}

std::size_t Utf8BrokenAt(const char* at, const char* end) {
    const std::size_t fitting = FittingBytes(LeadOf(static_cast<unsigned char>(*at)), at, end);
    return fitting == 0 ? 1 : fitting;
}

std::size_t Utf8Length(std::string_view text) {
    std::size_t characters = 0;
    for (const char byte : text)
        characters += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    return characters;
}

bool IsUtf8(std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        const std::size_t length = Utf8CharacterAt(at, end);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

}  // namespace flux::json
