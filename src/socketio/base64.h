// Base64 (RFC 4648, section 4) as Engine.IO's polling uses it for binary packets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace flux::socketio {

/// Characters of `bytes` bytes encoded, padding included.
constexpr std::size_t Base64Length(std::size_t bytes) {
    return (bytes + 2) / 3 * 4;
}

/// Appends `bytes` encoded, with padding. Thread: any.
void AppendBase64(std::string& out, std::string_view bytes);

/// The bytes that `text` stands for, or nothing when it is not base64. Padding may be left out;
/// what is there must be right. Line breaks are passed over: the Java client writes one behind
/// every 76 characters and one at the end. Thread: any.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace flux::socketio
