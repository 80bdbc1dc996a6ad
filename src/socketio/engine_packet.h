// Engine.IO v4 packets and the payloads that carry them over long-polling.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flux::socketio {

enum class EngineType : std::uint8_t {
    kOpen = 0,
    kClose = 1,
    kPing = 2,
    kPong = 3,
    kMessage = 4,
    kUpgrade = 5,
    kNoop = 6,
};

/// One text packet: its type's digit and what follows. The view points into what was parsed.
struct EnginePacket {
    EngineType type = EngineType::kNoop;
    std::string_view data;
};

/// Parses a text packet (a WebSocket text message, or one item of a polling payload that does not
/// start with 'b'). Nothing when it is empty or starts with no digit from 0 to 6.
std::optional<EnginePacket> ParseEnginePacket(std::string_view text);

/// Joins packets in a polling body.
inline constexpr char kPayloadSeparator = '\x1e';

/// Steps through the packets of a polling body, in order:
///   for (PayloadReader packets(body); packets.Next();) Use(packets);
/// The body must be well-formed UTF-8 as a whole (Valid says so before anything is handled).
class PayloadReader {
public:
    explicit PayloadReader(std::string_view body)
        : rest_(body) {}

    /// Goes to the next packet; false at the end or at one that is malformed (then broken()).
    bool Next();
    bool broken() const { return broken_; }

    bool binary() const { return binary_; }
    const EnginePacket& packet() const { return packet_; }  ///< when not binary()
    const std::string& bytes() const { return bytes_; }     ///< when binary()

private:
    std::string_view rest_;
    bool done_ = false;
    bool broken_ = false;
    bool binary_ = false;
    EnginePacket packet_;
    std::string bytes_;
};

/// Whether every packet of a polling body is well-formed: asked first, so that a broken payload has
/// no effect at all.
bool IsPayload(std::string_view body);

/// The `0{...}` packet that opens a session.
std::string OpenPacket(
    std::string_view sid,
    bool may_upgrade,
    std::int64_t ping_interval_ms,
    std::int64_t ping_timeout_ms,
    std::size_t payload_bytes_max
);

}  // namespace flux::socketio
