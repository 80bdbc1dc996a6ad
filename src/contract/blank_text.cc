#include "contract/blank_text.h"

#include <array>
#include <cstddef>

namespace flux::contract {

namespace {

/// ECMAScript's WhiteSpace and LineTerminator beyond ASCII, in UTF-8.
constexpr std::array<std::string_view, 19> kWideBlanks{
    "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
    "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87",
    "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9",
    "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF",
};

bool IsAsciiBlank(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/// Whether a wide blank may begin with that byte: nearly every character is told by it alone.
bool MayBeginWideBlank(char byte) {
    return byte == '\xC2' || byte == '\xE1' || byte == '\xE2' || byte == '\xE3' || byte == '\xEF';
}

/// Bytes of the blank that `text` begins with; 0 when it begins with none.
std::size_t LeadingBlank(std::string_view text) {
    if (text.empty()) return 0;
    if (IsAsciiBlank(text.front())) return 1;
    if (!MayBeginWideBlank(text.front())) return 0;
    for (const std::string_view blank : kWideBlanks) {
        if (text.starts_with(blank)) return blank.size();
    }
    return 0;
}

std::size_t TrailingBlank(std::string_view text) {
    if (text.empty()) return 0;
    if (IsAsciiBlank(text.back())) return 1;
    for (const std::string_view blank : kWideBlanks) {
        if (text.ends_with(blank)) return blank.size();
    }
    return 0;
}

}  // namespace

std::string_view TrimBlankText(std::string_view text) {
    while (const std::size_t blank = LeadingBlank(text))
        text.remove_prefix(blank);
    while (const std::size_t blank = TrailingBlank(text))
        text.remove_suffix(blank);
    return text;
}

std::string CollapseBlankText(std::string_view text) {
    text = TrimBlankText(text);
    std::string out;
    out.reserve(text.size());
    bool after_blank = false;
    while (!text.empty()) {
        if (const std::size_t blank = LeadingBlank(text)) {
            text.remove_prefix(blank);
            after_blank = true;
            continue;
        }
        if (after_blank) out += ' ';
        after_blank = false;
        out += text.front();
        text.remove_prefix(1);
    }
    return out;
}

bool HasControlCharacter(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x20 || byte == 0x7F) return true;
        // C1 (U+0080 to U+009F) is C2 80 to C2 9F.
        if (byte == 0xC2 && at + 1 < text.size() &&
            static_cast<unsigned char>(text[at + 1]) < 0xA0) {
            return true;
        }
    }
    return false;
}

}  // namespace flux::contract
