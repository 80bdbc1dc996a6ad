// One HTTP request to an upstream service.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "net/client/tls_trust.h"
#include "net/client/url.h"
#include "runtime/task.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::net {

struct HttpGetRequest {
    Url base;              ///< http or https, with its path prefix
    std::string endpoint;  ///< appended to the prefix: "/products?x=1"
    std::string user_agent;
    std::vector<std::pair<std::string, std::string>> headers;  ///< beside Host, User-Agent, Accept
    std::shared_ptr<const TlsTrust> trust;  ///< for https; null: the machine's authorities
    Milliseconds time_max{10'000};          ///< for the whole exchange
    std::size_t body_bytes_max = 1 * MiB;
};

/// What came back, whatever the status.
struct HttpReply {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// The first header of that name, compared without case; "" when absent.
    std::string_view Header(std::string_view name) const;
};

/// GET over a connection of its own. Redirects are not followed: a 3xx is a reply like any other.
/// The endpoint (which may carry a key) never appears in an error. Errors: kUnavailable, kTimeout,
/// kTooLarge (the body), kBadInput (no HTTP, or an encoding that was not asked for), kClosed
/// (cancelled). Thread: a shard's.
Task<Result<HttpReply>> HttpGet(HttpGetRequest request);

}  // namespace flux::net
