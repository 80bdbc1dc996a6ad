// Small rules of HTTP text that parser, handshake, proxies and static files share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flux::net {

constexpr char ToLower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Equal when ASCII letters are compared without case.
constexpr bool EqualsIgnoringCase(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (ToLower(left[i]) != ToLower(right[i])) return false;
    }
    return true;
}

/// Without spaces and tabs at both ends.
constexpr std::string_view TrimBlanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// Calls `visit(element)` for each non-empty element of a comma-separated header value, blanks
/// trimmed, until `visit` returns false.
template <class Visit>
constexpr void ForEachListElement(std::string_view list, Visit&& visit) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view element = TrimBlanks(list.substr(0, comma));
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
        if (!element.empty() && !visit(element)) return;
    }
}

/// Whether the comma-separated header value `list` holds `token`, compared without case.
constexpr bool ListHasToken(std::string_view list, std::string_view token) {
    bool found = false;
    ForEachListElement(list, [&](std::string_view element) {
        found = EqualsIgnoringCase(element, token);
        return !found;
    });
    return found;
}

/// Replaces %XX by its byte (and '+' by a space if asked). A '%' without two hex digits stays as it
/// is.
std::string PercentDecode(std::string_view text, bool plus_is_space);

}  // namespace flux::net
