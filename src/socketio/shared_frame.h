// One Socket.IO packet, encoded once for everyone who receives it.
#pragma once

#include "base/shared_bytes.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flux::socketio {

/// The WebSocket frames of one packet, header and payload in one block: one text frame, followed by
/// one binary frame per attachment. Polling sends the same bytes without the frame headers (see
/// AppendPollingPackets). Thread: any; immutable.
class SharedFrame {
public:
    SharedFrame() = default;
    explicit SharedFrame(SharedBytes frames)
        : frames_(std::move(frames)) {}

    /// The bytes as a WebSocket carries them.
    std::string_view wire() const { return frames_.view(); }
    std::size_t size() const { return frames_.size(); }
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

}  // namespace flux::socketio
