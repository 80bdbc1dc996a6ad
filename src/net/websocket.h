// A server-side WebSocket (RFC 6455) as its owner sees it. It holds no queue: the owner queues and
// writes.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "limits/limits.h"
#include "net/address.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <sys/uio.h>

namespace flux::net {

enum class Opcode : std::uint8_t {
    kContinuation = 0,
    kText = 1,
    kBinary = 2,
    kClose = 8,
    kPing = 9,
    kPong = 10
};

struct WebSocketOptions {
    std::size_t message_bytes_max = limits::kPayloadBytesMax;  ///< over it: OnFault(1009)
    Milliseconds message_time_max{20'000};  ///< from a message's first byte to its last
    bool deflate = false;                   ///< agree to permessage-deflate when it is offered
};

/// What a WebSocket tells its owner. Thread: the connection's shard. Calls may come from inside the
/// owner's own calls of Close only as OnClosed at the end of the turn, never recursively.
class WebSocketHandler {
public:
    virtual ~WebSocketHandler() = default;

    /// A whole message; text is valid UTF-8. `payload` is valid until the call returns.
    virtual void OnMessage(Opcode opcode, std::string_view payload) = 0;

    /// A ping to be answered with a pong of the same payload.
    virtual void OnPing(std::string_view payload) = 0;

    /// A pong, asked for or not.
    virtual void OnPong() {}

    /// The peer's close frame (1005 when it carried no code). Answer it and Close.
    virtual void OnCloseFrame(std::uint16_t code, std::string_view reason) = 0;

    /// The peer broke the protocol; `code` is what the close frame should say: 1002, 1007 (not
    /// UTF-8), 1009 (too large), 1008 (a message that did not arrive in message_time_max), 1013
    /// (too much unfinished input of its address, or of all). Nothing more is read: send the close
    /// frame and Close.
    virtual void OnFault(std::uint16_t code, std::string_view why) = 0;

    /// After a short Write: the socket takes bytes again.
    virtual void OnWritable() = 0;

    /// The connection is gone (either side). Last call; the WebSocket is destroyed after it.
    virtual void OnClosed() = 0;
};

/// One upgraded connection. Owned by net, lives until OnClosed. Thread: its shard's.
class WebSocket {
public:
    virtual ~WebSocket() = default;

    /// Hands whole or partial frames to the kernel in one gathered write. Returns the bytes taken,
    /// which may be fewer than given (then OnWritable follows), 0 included. Errors: kClosed when
    /// the connection is broken (OnClosed follows).
    virtual Result<std::size_t> Write(std::span<const iovec> parts) = 0;

    /// Stops or resumes reading: how a slow handler pushes back on its peer.
    virtual void PauseReading(bool paused) = 0;

    /// Ends the TCP connection: what the kernel has taken is still delivered. OnClosed follows at
    /// the end of the turn.
    virtual void Close() = 0;

    virtual const IpAddress& client() const = 0;

    /// How far back this peer sees when it decompresses, as a power of two (8 to 15); 0: it takes
    /// nothing compressed.
    virtual std::uint8_t deflate_window_bits() const = 0;

    /// Whether the peer's side has acknowledged every byte written so far (of TCP, not of its
    /// application). Once closed: whether it had then.
    virtual bool acknowledged() const = 0;

    /// User memory held for this connection beyond the object itself, in bytes.
    virtual std::size_t buffered_bytes() const = 0;
};

/// The longest message that a peer with such a window takes, whoever compressed it: with a small
/// window only what fits into it as a whole.
constexpr std::size_t DeflateBytesMax(std::uint8_t window_bits) {
    if (window_bits == 0) return 0;
    return window_bits == 15 ? SIZE_MAX : std::size_t{1} << window_bits;
}

/// Writes the header of an unmasked, final frame into `out` and returns its length: 2, 4 or 10
/// bytes. `deflated`: the payload is a whole message that went through a Deflater (RSV1).
std::size_t EncodeFrameHeader(
    Opcode opcode, std::size_t payload_bytes, std::span<std::byte, 10> out, bool deflated = false
);

}  // namespace flux::net
