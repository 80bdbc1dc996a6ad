// One Socket.IO packet, encoded once for everyone who receives it.
#pragma once

#include "base/shared_bytes.h"
#include "limits/limits.h"
#include "net/deflater.h"
#include "net/websocket.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flux::socketio {

/// The WebSocket frames of one packet, header and payload in one block: one text frame, followed by
/// one binary frame per attachment. Polling sends the same bytes without the frame headers (see
/// WireMessageAt). Thread: any; immutable.
class SharedFrame {
public:
    SharedFrame() = default;
    explicit SharedFrame(SharedBytes frames)
        : frames_(std::move(frames)) {}

    /// The bytes as a WebSocket carries them.
    std::string_view wire() const { return frames_.view(); }
    std::size_t size() const { return frames_.size(); }

    /// What it may keep in memory, its compressed form included.
    std::size_t weight() const {
        const bool may_have_one =
            size() >= limits::kCompressionBytesMin && size() <= limits::kCompressionBytesMax;
        return may_have_one ? 2 * size() : size();
    }

    /// The same messages with those of at least `bytes_min` compressed by `deflater`, for
    /// WebSockets that agreed to it; empty when none of them gets smaller. Made once for all
    /// handles of this frame, by the first that asks, which finds `*made` set.
    SharedFrame Deflated(net::Deflater& deflater, std::size_t bytes_min, bool* made) const;
    /// The same if somebody has asked for it before; else empty.
    SharedFrame DeflatedIfMade() const { return SharedFrame(frames_.DerivedIfMade()); }

    bool empty() const { return frames_.empty(); }

private:
    SharedBytes frames_;
};

/// `42["event",args...]` in namespace `nsp` ("/" is left out on the wire) as an Engine.IO message.
/// `args` is the JSON text of each further argument, already checked; they are spliced, not printed
/// again.
SharedFrame EncodeEvent(
    std::string_view nsp, std::string_view event, std::span<const std::string_view> args
);

/// An event whose single argument is `head` + `payload` + `tail`: how a route wraps a payload in
/// its envelope with one copy.
SharedFrame EncodeEnvelope(
    std::string_view nsp,
    std::string_view event,
    std::string_view head,
    std::string_view payload,
    std::string_view tail
);

/// One unmasked frame of `opcode` around the joined `pieces`, followed by one binary frame per
/// attachment, in one allocation.
SharedFrame EncodeFrames(
    net::Opcode opcode,
    std::span<const std::string_view> pieces,
    std::span<const std::string_view> attachments = {}
);

/// A message inside a SharedFrame's bytes.
struct WireMessage {
    net::Opcode opcode = net::Opcode::kText;
    std::string_view payload;
    std::size_t wire_bytes = 0;  ///< header and payload
};

/// The message that starts at the beginning of `wire`, which must be such a place in a SharedFrame.
WireMessage WireMessageAt(std::string_view wire);

}  // namespace flux::socketio
