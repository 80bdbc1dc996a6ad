// What encodings a client takes (RFC 9110 12.5.3).
#pragma once

#include <string_view>

namespace flux::net {

/// The quality, in thousandths, that the value of Accept-Encoding gives to `encoding` ("br", "gzip"
/// or "identity"); 0: not acceptable. An unlisted encoding is not acceptable but for identity.
int EncodingQuality(std::string_view accept_encoding, std::string_view encoding);

}  // namespace flux::net
