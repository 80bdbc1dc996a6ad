#include "net/client/url.h"

#include "limits/limits.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace flux::net {
namespace {

constexpr std::size_t kHostBytesMax = 253;  // DNS

struct Scheme {
    std::string_view name;
    std::uint16_t port;
};
constexpr std::array<Scheme, 4> kSchemes{{{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}}};

Error Bad(std::string_view text, std::string_view why) {
    // The text may hold a password (user:secret@host) or a key (?key=...): neither is repeated.
    std::string_view shown = text.substr(0, text.find_first_of("?#"));
    if (shown.find('@') != std::string_view::npos) shown = shown.substr(0, shown.find("://"));
    return Error(
        ErrorCode::kBadInput,
        Retry::kNever,
        "the URL \"" + std::string(shown.substr(0, 100)) + "\" cannot be used: " + std::string(why)
    );
}

bool IsAlnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string Lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

const Scheme* FindScheme(std::string_view name) {
    const auto* const found = std::find_if(kSchemes.begin(), kSchemes.end(), [name](const auto& s) {
        return s.name == name;
    });
    return found == kSchemes.end() ? nullptr : found;
}

bool IsAddress(const std::string& host) {
    boost::system::error_code error;
    boost::asio::ip::make_address(host, error);
    return !error;
}

/// A DNS name: labels of letters, digits, '-' and '_', none empty, none longer than 63.
bool IsName(std::string_view host) {
    if (host.empty() || host.size() > kHostBytesMax) return false;
    std::size_t label = 0;
    char previous = '.';
    for (const char c : host) {
        if (c == '.') {
            if (label == 0 || previous == '-') return false;
            label = 0;
        } else {
            if (!IsAlnum(c) && c != '_' && (c != '-' || label == 0)) return false;
            if (++label > 63) return false;
        }
        previous = c;
    }
    return label > 0 && previous != '-';
}

bool IsPath(std::string_view path) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        const char c = path[i];
        if (c == '%') {
            const auto hex = [&](std::size_t at) {
                return at < path.size() &&
                       std::string_view("0123456789abcdefABCDEF").find(path[at]) !=
                           std::string_view::npos;
            };
            if (!hex(i + 1) || !hex(i + 2)) return false;
            continue;
        }
        if (!IsAlnum(c) &&
            std::string_view("/-._~!$&'()*+,;=:@").find(c) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

/// "host", "host:port", "[v6]" or "[v6]:port" into `url`; the sentence of what is wrong, or "".
std::string_view ParseAuthority(std::string_view authority, Url& url) {
    std::string_view host = authority;
    std::string_view port;
    bool has_port = false;
    if (!authority.empty() && authority.front() == '[') {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos) return "the bracket of the IPv6 address is not closed";
        host = authority.substr(1, end - 1);
        const std::string_view rest = authority.substr(end + 1);
        if (!rest.empty() && rest.front() != ':') return "only :port may follow the bracket";
        has_port = !rest.empty();
        if (has_port) port = rest.substr(1);
        url.host = Lower(host);
        // Asio would also take a zone ("fe80::1%x"), whatever its text, and stop at a zero byte.
        const bool plain = url.host.find_first_not_of("0123456789abcdef:.") == std::string::npos;
        if (!plain || host.find(':') == std::string_view::npos || !IsAddress(url.host)) {
            return "there is no IPv6 address in the brackets";
        }
    } else {
        const std::size_t colon = authority.find(':');
        has_port = colon != std::string_view::npos;
        if (has_port) port = authority.substr(colon + 1);
        host = authority.substr(0, colon);
        url.host = Lower(host);
        if (!IsName(host)) return "the host is neither a name nor an address";
    }
    if (!has_port) return {};
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535) {
        return "the port must be a number from 1 to 65535";
    }
    url.port = static_cast<std::uint16_t>(number);
    return {};
}

}  // namespace

Result<Url> Url::Parse(std::string_view text) {
    if (text.size() > limits::kUrlBytesMax) return Bad(text, "it is longer than 2048 bytes");
    const std::size_t scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) {
        return Bad(text, "it must begin with http://, https://, ws:// or wss://");
    }
    Url url;
    const std::string name = Lower(text.substr(0, scheme_end));
    const Scheme* const scheme = FindScheme(name);
    if (scheme == nullptr) return Bad(text, "its scheme must be http, https, ws or wss");
    url.scheme = scheme->name;
    url.port = scheme->port;

    const std::string_view rest = text.substr(scheme_end + 3);
    if (rest.find_first_of("?#") != std::string_view::npos) {
        return Bad(text, "a base URL has no query and no fragment");
    }
    const std::size_t slash = rest.find('/');
    const std::string_view authority = rest.substr(0, slash);
    if (authority.find('@') != std::string_view::npos) {
        return Bad(text, "a base URL names no user; give keys by their own settings");
    }
    const std::string_view wrong = ParseAuthority(authority, url);
    if (!wrong.empty()) return Bad(text, wrong);

    std::string_view path =
        slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    if (!IsPath(path)) return Bad(text, "its path holds a character that must be percent-encoded");
    while (!path.empty() && path.back() == '/')
        path.remove_suffix(1);
    url.path = path;
    return url;
}

bool Url::host_is_address() const {
    return IsAddress(host);
}

std::string Url::HostHeader() const {
    std::string header = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != FindScheme(scheme)->port) header += ":" + std::to_string(port);
    return header;
}

std::string Url::Target(std::string_view endpoint) const {
    std::string target = path + std::string(endpoint);
    if (target.empty() || target.front() != '/') target.insert(0, "/");
    return target;
}

std::string Url::ToString() const {
    return scheme + "://" + HostHeader() + Target("");
}

}  // namespace flux::net
