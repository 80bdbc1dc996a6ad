// Compresses WebSocket messages (permessage-deflate, RFC 7692).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace flux::net {

/// Compresses each message on its own, so that one compressed message may go to any number of
/// peers (server_no_context_takeover). Its memory, some 270 KB, is taken by the first message.
/// Thread: one at a time.
class Deflater {
public:
    /// `window_bits` 9 to 15: it refers back over at most so many bytes, as a power of two.
    explicit Deflater(int window_bits = 15);
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater();

    /// The payload of a frame with RSV1 set. It may be longer than `message`. Valid until the next
    /// call.
    std::string_view Deflate(std::string_view message);

    /// The payload is done with: its memory goes when it was a large one.
    void Release();

private:
    struct Stream;
    const int window_bits_;
    std::unique_ptr<Stream> stream_;
    std::string output_;
};

}  // namespace flux::net
