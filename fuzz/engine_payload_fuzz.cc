// Bodies of Engine.IO's polling: what is called well-formed reads to its end, and base64 reads as
// it was written.
#include "base/assert.h"
#include "json/utf8.h"
#include "socketio/base64.h"
#include "socketio/engine_packet.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using flux::socketio::kPayloadSeparator;
using flux::socketio::PayloadReader;

/// The packets of `body`, written again.
std::string Again(std::string_view body) {
    std::string written;
    for (PayloadReader packets(body); packets.Next();) {
        if (!written.empty()) written += kPayloadSeparator;
        if (packets.binary()) {
            written += 'b';
            flux::socketio::AppendBase64(written, packets.bytes());
        } else {
            written += static_cast<char>('0' + static_cast<int>(packets.packet().type));
            written += packets.packet().data;
        }
    }
    return written;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    std::string encoded;
    flux::socketio::AppendBase64(encoded, body);
    FLUX_ASSERT(encoded.size() == flux::socketio::Base64Length(body.size()));
    FLUX_ASSERT(flux::socketio::DecodeBase64(encoded) == body);

    if (!flux::socketio::IsPayload(body)) return 0;
    FLUX_ASSERT(flux::json::IsUtf8(body));
    const std::string again = Again(body);
    FLUX_ASSERT(flux::socketio::IsPayload(again));
    FLUX_ASSERT(Again(again) == again);
    return 0;
}
