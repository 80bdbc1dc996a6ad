#include "feeds/news/plain_text.h"

#include "contract/blank_text.h"
#include "json/utf8.h"
#include "limits/limits.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace flux::feeds {
namespace {

constexpr std::size_t kRawBytesMax = 8'000;  // of a text that is looked at
constexpr std::size_t kTagBytesMax = 1'000;  // longer ones are none
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

bool IsLetter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

std::string Lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower;
}

/// At most `bytes_max` bytes of `text`, and no part of a character.
std::string_view Beginning(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    std::size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return text.substr(0, end);
}

/// Behind the tag or comment that begins at `at`; nothing when none does. One that is cut off
/// reaches to the end.
std::optional<std::size_t> EndOfTag(std::string_view text, std::size_t at) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("<!--")) {
        const std::size_t end = rest.find("-->", 4);
        return end == std::string_view::npos ? text.size() : at + end + 3;
    }
    const bool named =
        rest.size() > 1 && (IsLetter(rest[1]) || rest[1] == '!' || rest[1] == '?' ||
                            (rest[1] == '/' && rest.size() > 2 && IsLetter(rest[2])));
    if (!named) return std::nullopt;
    const std::string_view window = rest.substr(0, kTagBytesMax);
    char quote = 0;
    for (std::size_t i = 1; i < window.size(); ++i) {
        const char c = window[i];
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return at + i + 1;
        }
    }
    // A quote that never ends is no quote.
    if (const std::size_t end = window.find('>'); end != std::string_view::npos)
        return at + end + 1;
    if (window.size() == rest.size()) return text.size();
    return std::nullopt;
}

std::string TagName(std::string_view tag) {
    std::size_t begin = 1;
    if (begin < tag.size() && tag[begin] == '/') ++begin;
    std::size_t end = begin;
    while (end < tag.size() && std::isalnum(static_cast<unsigned char>(tag[end])) != 0)
        ++end;
    return Lower(tag.substr(begin, end - begin));
}

/// Words beside such a tag belong together.
bool IsInline(std::string_view name) {
    constexpr std::array<std::string_view, 16> kInline{
        "a",
        "abbr",
        "b",
        "code",
        "em",
        "font",
        "i",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u"};
    return std::find(kInline.begin(), kInline.end(), name) != kInline.end();
}

/// Behind the end tag of what is no text; `at` is behind the start tag.
std::size_t BehindElement(std::string_view text, std::size_t at, const std::string& name) {
    const std::size_t end = Lower(text.substr(at)).find("</" + name);
    if (end == std::string::npos) return text.size();
    return EndOfTag(text, at + end).value_or(text.size());
}

std::string WithoutTags(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t tag = std::min(text.find('<', at), text.size());
        plain += text.substr(at, tag - at);
        if (tag == text.size()) break;
        const auto end = EndOfTag(text, tag);
        if (!end) {
            plain += '<';
            at = tag + 1;
            continue;
        }
        const std::string_view whole = text.substr(tag, *end - tag);
        const std::string name = TagName(whole);
        at = *end;
        if ((name == "script" || name == "style") && whole[1] != '/')
            at = BehindElement(text, at, name);
        if (!IsInline(name)) plain += ' ';
    }
    return plain;
}

void AppendCharacter(std::string& out, std::uint32_t code) {
    const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0U | (code >> 6U));
        byte(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        byte(0xE0U | (code >> 12U));
        byte(0x80U | ((code >> 6U) & 0x3FU));
        byte(0x80U | (code & 0x3FU));
    } else {
        byte(0xF0U | (code >> 18U));
        byte(0x80U | ((code >> 12U) & 0x3FU));
        byte(0x80U | ((code >> 6U) & 0x3FU));
        byte(0x80U | (code & 0x3FU));
    }
}

/// "#8217", "#x2019": the character, when there is one.
std::optional<std::uint32_t> Numbered(std::string_view name) {
    if (name.size() < 2 || name.front() != '#') return std::nullopt;
    name.remove_prefix(1);
    const bool hexadecimal = name.front() == 'x' || name.front() == 'X';
    if (hexadecimal) name.remove_prefix(1);
    std::uint32_t code = 0;
    const char* const last = name.data() + name.size();
    const auto [end, error] = std::from_chars(name.data(), last, code, hexadecimal ? 16 : 10);
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (error != std::errc() || end != last || code == 0 || code > 0x10FFFF || surrogate)
        return std::nullopt;
    return code;
}

std::optional<std::uint32_t> Named(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, std::uint32_t>, 17> kNames{{
        {"amp", '&'},
        {"lt", '<'},
        {"gt", '>'},
        {"quot", '"'},
        {"apos", '\''},
        {"nbsp", ' '},
        {"ndash", 0x2013},
        {"mdash", 0x2014},
        {"lsquo", 0x2018},
        {"rsquo", 0x2019},
        {"ldquo", 0x201C},
        {"rdquo", 0x201D},
        {"hellip", 0x2026},
        {"euro", 0x20AC},
        {"pound", 0xA3},
        {"copy", 0xA9},
        {"reg", 0xAE},
    }};
    for (const auto& [known, code] : kNames)
        if (known == name) return code;
    return std::nullopt;
}

std::string WithCharacters(std::string_view text) {
    constexpr std::size_t kNameBytesMax = 10;
    std::string plain;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t reference = std::min(text.find('&', at), text.size());
        plain += text.substr(at, reference - at);
        if (reference == text.size()) break;
        const std::string_view rest = text.substr(reference + 1, kNameBytesMax + 1);
        const std::size_t length = rest.find(';');
        const std::string_view name = rest.substr(0, std::min(length, rest.size()));
        const auto code = length == std::string_view::npos
                              ? std::nullopt
                              : (name.starts_with('#') ? Numbered(name) : Named(name));
        if (code) {
            AppendCharacter(plain, *code);
            at = reference + length + 2;
        } else {
            plain += '&';
            at = reference + 1;
        }
    }
    return plain;
}

/// C0, delete, C1, line and paragraph separators, marks of direction, the byte order mark.
bool IsUnwanted(std::string_view character) {
    if (character.size() == 1) {
        const auto byte = static_cast<unsigned char>(character[0]);
        return byte < 0x20 || byte == 0x7F;
    }
    if (character.size() == 2) return character >= "\xC2\x80" && character <= "\xC2\x9F";
    if (character.size() != 3) return false;
    return (character >= "\xE2\x80\x8E" && character <= "\xE2\x80\x8F") ||
           (character >= "\xE2\x80\xA8" && character <= "\xE2\x80\xAE") ||
           (character >= "\xE2\x81\xA6" && character <= "\xE2\x81\xA9") ||
           character == "\xEF\xBB\xBF";
}

/// The first `characters_max` characters of `text`; unwanted ones have become blanks.
std::string Cut(std::string_view text, std::size_t characters_max) {
    std::string blanked;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length =
            json::Utf8CharacterAt(text.data() + at, text.data() + text.size());
        if (length == 0) break;  // not well-formed: against what was promised
        const std::string_view character = text.substr(at, length);
        if (IsUnwanted(character)) {
            blanked += ' ';
        } else {
            blanked += character;
        }
        at += length;
    }
    std::string collapsed = contract::CollapseBlankText(blanked);
    if (json::Utf8Length(collapsed) <= characters_max) return collapsed;
    std::size_t end = 0;
    for (std::size_t count = 1; count < characters_max; ++count)
        end += json::Utf8CharacterAt(collapsed.data() + end, collapsed.data() + collapsed.size());
    while (end > 0 && collapsed[end - 1] == ' ')
        --end;
    collapsed.resize(end);
    return collapsed.append(kEllipsis);
}

bool IsUrlByte(char c) {
    constexpr std::string_view kNever = "\"<>\\^`{|}";
    return c > ' ' && c <= '~' && kNever.find(c) == std::string_view::npos;
}

}  // namespace

std::string PlainText(std::string_view text, std::size_t characters_max) {
    // Twice: many a feed escapes the HTML that it sends.
    const std::string once = WithCharacters(WithoutTags(Beginning(text, kRawBytesMax)));
    return Cut(WithoutTags(once), characters_max);
}

bool IsWebLink(std::string_view text) {
    if (text.size() > limits::kUrlBytesMax) return false;
    const std::string scheme = Lower(text.substr(0, 8));
    const std::size_t begin = scheme.starts_with("https://")  ? 8
                              : scheme.starts_with("http://") ? 7
                                                              : 0;
    if (begin == 0 || !std::all_of(text.begin(), text.end(), IsUrlByte)) return false;
    const std::string_view rest = text.substr(begin);
    const std::string_view authority =
        rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size()));
    return !authority.empty() && authority.find('@') == std::string_view::npos;
}

}  // namespace flux::feeds
