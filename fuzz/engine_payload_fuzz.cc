// Bodies of Engine.IO's polling: what is called well-formed reads to its end, base64 reads as it
// was written, and the packet that opens a session reads as one.
#include "base/assert.h"
#include "json/json_check.h"
#include "json/json_fields.h"
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

void CheckOpenPacket(std::int64_t number) {
    const std::string text =
        flux::socketio::OpenPacket("sid", number % 2 == 0, number, number + 1, 100'000);
    const auto packet = flux::socketio::ParseEnginePacket(text);
    FLUX_ASSERT(packet && packet->type == flux::socketio::EngineType::kOpen);
    FLUX_ASSERT(flux::json::Check(packet->data));
    const auto interval = flux::json::Member(packet->data, "pingInterval");
    FLUX_ASSERT(interval && flux::json::AsInteger(*interval) == number);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    std::string encoded;
    flux::socketio::AppendBase64(encoded, body);
    FLUX_ASSERT(encoded.size() == flux::socketio::Base64Length(body.size()));
    FLUX_ASSERT(flux::socketio::DecodeBase64(encoded) == body);
    // As the Java client writes it: a line break behind 76 characters.
    std::string broken = encoded;
    for (std::size_t at = 76; at < broken.size(); at += 77)
        broken.insert(at, 1, '\n');
    FLUX_ASSERT(flux::socketio::DecodeBase64(broken + "\r\n") == body);
    CheckOpenPacket(static_cast<std::int64_t>(size));

    if (!flux::socketio::IsPayload(body)) return 0;
    FLUX_ASSERT(flux::json::IsUtf8(body));
    const std::string again = Again(body);
    FLUX_ASSERT(flux::socketio::IsPayload(again));
    FLUX_ASSERT(Again(again) == again);
    return 0;
}
