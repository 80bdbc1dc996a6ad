// WebSocket frames (RFC 6455 section 5) as a server reads and writes them.
#pragma once

#include "net/inflater.h"
#include "net/utf8_checker.h"
#include "net/websocket.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace flux::net {

/// XORs `data` with the mask, whose first byte to use is number `phase` & 3.
void Unmask(std::span<char> data, std::array<std::uint8_t, 4> mask, std::size_t phase);

/// Whether a close frame may carry this code (RFC 6455 7.4).
bool IsCloseCodeAllowed(std::uint16_t code);

/// What MessageParser::Next found. Views point into the input or the parser and are valid until the
/// next call of Next.
struct MessageEvent {
    enum class Kind : std::uint8_t { kNeedMore, kMessage, kPing, kPong, kClose, kFault };
    Kind kind = Kind::kNeedMore;
    Opcode opcode = Opcode::kText;  ///< of kMessage
    std::uint16_t code = 0;         ///< of kClose (1005: none sent) and kFault
    std::string_view payload;       ///< the message, the ping's payload, the reason, or why
};

/// Turns the bytes of a client into messages. Between messages it owns no memory; a message that
/// arrives whole is unmasked where it lies and never copied, or lies in the inflater. After kClose
/// and kFault it takes and ignores everything. Thread: one at a time.
class MessageParser {
public:
    /// With an `inflater`, which outlives the parser, permessage-deflate is agreed: messages may
    /// come compressed, and the bound holds for them before and after.
    explicit MessageParser(std::size_t message_bytes_max, Inflater* inflater = nullptr)
        : message_bytes_max_(message_bytes_max),
          inflater_(inflater) {}

    /// Takes bytes from the front of `input`, which it unmasks in place, up to the end of the next
    /// event. Call until kNeedMore, which leaves `input` empty.
    MessageEvent Next(std::span<char>& input);

    /// Drops what is half read; from now on everything is taken and ignored.
    void End();

    /// No message or frame is half read.
    bool at_rest() const;
    std::size_t buffered_bytes() const;

private:
    struct FrameHeader {
        bool final = true;
        bool deflated = false;
        bool shortest = true;  // the length is written in as few bytes as it could be
        std::uint8_t opcode = 0;
        std::array<std::uint8_t, 4> mask{};
        std::uint64_t payload_bytes = 0;

        bool is_control() const { return (opcode & 8) != 0; }
    };
    struct Partial {
        std::array<char, 14> header_bytes{};
        std::size_t header_size = 0;
        bool in_frame = false;
        bool in_message = false;  // a data frame that was not final, or is being read, has begun it
        bool deflated = false;    // the message is
        bool delivered = false;   // the message was handed out: to be dropped by the next call
        FrameHeader frame;
        std::uint64_t taken = 0;  // of the frame's payload
        Opcode message_opcode = Opcode::kText;
        Utf8Checker utf8;
        std::string message;
        std::string control;
    };

    static std::size_t HeaderSize(std::span<const char> bytes);
    static FrameHeader Decode(std::span<const char> bytes);
    MessageEvent TakeHeader(std::span<char>& input, std::optional<FrameHeader>& complete);
    MessageEvent CheckHeader(const FrameHeader& header) const;
    MessageEvent TakeWholeFrame(const FrameHeader& header, std::span<char> payload);
    MessageEvent Whole(Opcode opcode, std::string_view message);
    MessageEvent Inflated(Opcode opcode, std::string_view compressed);
    void BeginFrame(const FrameHeader& header);
    MessageEvent ContinueFrame(std::span<char>& input);
    MessageEvent FinishFrame();
    MessageEvent Control(const FrameHeader& header, std::string_view payload);
    MessageEvent CloseFrame(std::string_view payload);
    MessageEvent Fault(std::uint16_t code, std::string_view why);
    Partial& partial();

    std::size_t message_bytes_max_;
    Inflater* inflater_;
    std::unique_ptr<Partial> partial_;
    bool ended_ = false;
};

}  // namespace flux::net
