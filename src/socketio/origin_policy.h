// Which web pages may talk to this server (CORS for polling, the Origin check for WebSockets).
#pragma once

#include "net/http.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::socketio {

/// The same origin by default, an allow-list beside it. Immutable; thread: any.
class OriginPolicy {
public:
    /// `allowed`: origins as browsers send them ("https://shop.example", scheme and port included);
    /// "*" lets every page in, without credentials.
    explicit OriginPolicy(std::vector<std::string> allowed);

    /// Whether the request may be served. One without Origin comes from no web page and may. An
    /// https page is also the same origin when the request arrives as plain http on its host: a
    /// proxy that ends TLS without telling.
    bool Allows(const net::HttpRequest& request) const;

    /// Appends the CORS headers that answer `origin`, which was allowed; none for an empty one.
    void AppendHeaders(
        std::string_view origin, std::vector<std::pair<std::string, std::string>>& headers
    ) const;

    /// The answer to an OPTIONS preflight.
    net::HttpResponse Preflight(const net::HttpRequest& request) const;

private:
    bool Listed(std::string_view origin) const;

    std::vector<std::string> allowed_;
    bool any_ = false;
};

}  // namespace flux::socketio
