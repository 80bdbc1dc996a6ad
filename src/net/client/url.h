// Base URLs of upstream services, taken apart strictly.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace flux::net {

/// Where a service answers: scheme, host, port and path prefix. Query, fragment and user
/// information are refused: a base URL has none, and a key never stands in one. Value type;
/// thread: any.
struct Url {
    std::string scheme;      ///< "http", "https", "ws" or "wss"
    std::string host;        ///< lower case; an IPv6 address without its brackets
    std::uint16_t port = 0;  ///< as written, or the scheme's own
    std::string path;        ///< the prefix, "" or "/..." without a slash at its end

    /// Errors: kBadInput saying which part is wrong and what would be right.
    static Result<Url> Parse(std::string_view text);

    bool secure() const { return scheme == "https" || scheme == "wss"; }
    bool web_socket() const { return scheme == "ws" || scheme == "wss"; }

    /// The host is an IPv4 or IPv6 address rather than a name.
    bool host_is_address() const;

    /// What the Host header says: brackets around IPv6, the port only when it is not the scheme's.
    std::string HostHeader() const;

    /// The request target of `endpoint` ("/products?x=1", or "" for the prefix itself).
    std::string Target(std::string_view endpoint) const;

    /// The whole URL again, for logs.
    std::string ToString() const;
};

}  // namespace flux::net
