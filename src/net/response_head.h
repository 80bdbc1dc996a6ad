// The head of an HTTP response as it goes over the wire.
#pragma once

#include "net/http.h"

#include <string>
#include <string_view>

namespace flux::net {

/// What the request decides about its response.
struct ResponseTraits {
    bool is_head = false;    ///< the request's method was HEAD: no body follows
    bool keep_alive = true;  ///< the connection stays open afterwards
    int request_minor = 1;   ///< HTTP/1.x of the request
    bool secure = false;     ///< the client came over TLS: it is told to come so again
    std::string_view date;   ///< for the Date header
};

/// Whether a response of this status may carry a body (RFC 9110 6.4.1).
bool StatusHasBody(int status);

/// Appends status line and headers, up to the empty line. Characters that could end a header line
/// early are replaced by spaces.
void AppendResponseHead(
    std::string& out, const HttpResponse& response, const ResponseTraits& traits
);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string FormatHttpDate(WallMillis time);

}  // namespace flux::net
