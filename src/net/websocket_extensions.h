// The extensions of a WebSocket that are agreed in its handshake: permessage-deflate (RFC 7692).
#pragma once

#include "net/http.h"

#include <cstdint>
#include <optional>
#include <string>

namespace flux::net {

/// Under which terms the two sides may compress. Neither refers back to an earlier message, so no
/// connection keeps a window.
struct DeflateTerms {
    /// How far back the client's decompression sees, as a power of two: 8 to 15.
    std::uint8_t window_bits = 15;
    bool window_was_asked = false;  // the answer then has to say it

    /// The value of Sec-WebSocket-Extensions that accepts them.
    std::string Answer() const;
};

/// The terms of the first offer that can be accepted. An offer with a parameter that is unknown,
/// repeated or has a wrong value is passed over (RFC 7692, 7.1).
std::optional<DeflateTerms> AgreeDeflate(const HttpRequest& request);

}  // namespace flux::net
