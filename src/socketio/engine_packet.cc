#include "socketio/engine_packet.h"

#include "json/utf8.h"
#include "socketio/base64.h"

#include <fmt/format.h>

namespace flux::socketio {

std::optional<EnginePacket> ParseEnginePacket(std::string_view text) {
    if (text.empty() || text.front() < '0' || text.front() > '6') return std::nullopt;
    return EnginePacket{static_cast<EngineType>(text.front() - '0'), text.substr(1)};
}

bool PayloadReader::Next() {
    if (done_ || broken_) return false;
    const std::size_t separator = rest_.find(kPayloadSeparator);
    const std::string_view item = rest_.substr(0, separator);
    if (separator == std::string_view::npos) {
        done_ = true;
    } else {
        rest_.remove_prefix(separator + 1);
    }
    binary_ = item.starts_with('b');
    if (binary_) {
        std::optional<std::string> bytes = DecodeBase64(item.substr(1));
        broken_ = !bytes;
        if (bytes) bytes_ = std::move(*bytes);
    } else {
        const std::optional<EnginePacket> packet = ParseEnginePacket(item);
        broken_ = !packet;
        if (packet) packet_ = *packet;
    }
    return !broken_;
}

bool IsPayload(std::string_view body) {
    if (!json::IsUtf8(body)) return false;
    PayloadReader packets(body);
    while (packets.Next()) {
    }
    return !packets.broken();
}

std::string OpenPacket(
    std::string_view sid,
    bool may_upgrade,
    std::int64_t ping_interval_ms,
    std::int64_t ping_timeout_ms,
    std::size_t payload_bytes_max
) {
    return fmt::format(
        R"(0{{"sid":"{}","upgrades":[{}],"pingInterval":{},"pingTimeout":{},"maxPayload":{}}})",
        sid,
        may_upgrade ? R"("websocket")" : "",
        ping_interval_ms,
        ping_timeout_ms,
        payload_bytes_max
    );
}

}  // namespace flux::socketio
