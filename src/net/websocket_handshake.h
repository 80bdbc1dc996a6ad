// The opening handshake of a WebSocket, the server's side (RFC 6455 section 4.2).
#pragma once

#include "net/http.h"
#include "net/websocket_extensions.h"

#include <optional>
#include <string>
#include <string_view>

namespace flux::net {

/// Nothing when `request` is a valid handshake, else the 400 or 426 to answer.
std::optional<HttpResponse> RefuseHandshake(const HttpRequest& request);

/// The whole 101 that accepts `request`, with the extension that was agreed.
std::string SwitchingHead(const HttpRequest& request, const std::optional<DeflateTerms>& deflate);

/// The Sec-WebSocket-Accept that answers `key`.
std::string AcceptKey(std::string_view key);

}  // namespace flux::net
