// Decompresses WebSocket messages (permessage-deflate, RFC 7692).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace flux::net {

/// Decompresses each message on its own (client_no_context_takeover), so that one serves every
/// connection of a shard. Its memory, some 50 KB, is taken by the first message. Thread: one at a
/// time.
class Inflater {
public:
    Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater();

    enum class Outcome : std::uint8_t {
        kWhole,
        kBroken,    ///< not a whole deflate stream
        kTooLarge,  ///< it would pass `bytes_max`; no more than that was made of it
    };

    /// Decompresses the payload of a message whose first frame had RSV1 set.
    Outcome Inflate(std::string_view compressed, std::size_t bytes_max);

    /// What the last kWhole came to. Valid until the next call.
    std::string_view message() const { return {output_.data(), message_bytes_}; }

    /// The message is done with: its memory goes when it was a large one.
    void Release();

private:
    struct Stream;
    Outcome Feed(std::string_view piece, std::size_t bytes_max);

    std::unique_ptr<Stream> stream_;
    std::string output_;  // grows, and begins with the message
    std::size_t message_bytes_ = 0;
};

}  // namespace flux::net
