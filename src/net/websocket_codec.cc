#include "net/websocket_codec.h"

#include <algorithm>
#include <cstring>

namespace flux::net {
namespace {

constexpr std::size_t kMaskBytes = 4;
constexpr std::size_t kControlPayloadMax = 125;
constexpr std::uint8_t kFinalBit = 0x80;
constexpr std::uint8_t kReservedBits = 0x70;
constexpr std::uint8_t kDeflatedBit = 0x40;  // RSV1 of a message's first frame (RFC 7692, 6)
constexpr std::uint8_t kMaskBit = 0x80;

constexpr std::uint16_t kProtocolError = 1002;
constexpr std::uint16_t kBadText = 1007;
constexpr std::uint16_t kTooBig = 1009;
constexpr std::uint16_t kNoCode = 1005;

constexpr std::string_view kNotUtf8 = "a text message is not UTF-8";
constexpr std::string_view kTooLarge = "the message is larger than this server accepts";

std::uint8_t ByteAt(std::span<const char> bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

std::uint64_t BigEndian(std::span<const char> bytes, std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value = value << 8 | ByteAt(bytes, at + i);
    return value;
}

/// Faults that the first two bytes show, so that nobody waits for more.
std::string_view FirstBytesFault(std::span<const char> bytes, bool deflate) {
    const std::uint8_t first = ByteAt(bytes, 0);
    const std::uint8_t opcode = first & 0x0f;
    const bool may_be_deflated = deflate && (opcode == 1 || opcode == 2);
    if ((first & kReservedBits & (may_be_deflated ? ~kDeflatedBit : ~0)) != 0) {
        return "a reserved bit is set that no extension gives a meaning";
    }
    if ((opcode > 2 && opcode < 8) || opcode > 10) return "the opcode is unknown";
    if (opcode >= 8 && (first & kFinalBit) == 0) return "a control frame is fragmented";
    if (bytes.size() < 2) return {};
    const std::uint8_t second = ByteAt(bytes, 1);
    if ((second & kMaskBit) == 0) return "a client's frame is not masked";
    if (opcode >= 8 && (second & 0x7f) > kControlPayloadMax) return "a control frame is too long";
    return {};
}

}  // namespace

std::size_t EncodeFrameHeader(
    Opcode opcode, std::size_t payload_bytes, std::span<std::byte, 10> out, bool deflated
) {
    out[0] = std::byte{kFinalBit} | static_cast<std::byte>(opcode);
    if (deflated) out[0] |= std::byte{kDeflatedBit};
    std::size_t length_bytes = 0;
    if (payload_bytes <= kControlPayloadMax) {
        out[1] = static_cast<std::byte>(payload_bytes);
    } else if (payload_bytes <= 0xffff) {
        out[1] = std::byte{126};
        length_bytes = 2;
    } else {
        out[1] = std::byte{127};
        length_bytes = 8;
    }
    for (std::size_t i = 0; i < length_bytes; ++i) {
        out[2 + i] = static_cast<std::byte>(payload_bytes >> (8 * (length_bytes - 1 - i)));
    }
    return 2 + length_bytes;
}

void Unmask(std::span<char> data, std::array<std::uint8_t, 4> mask, std::size_t phase) {
    std::array<std::uint8_t, 8> pattern{};
    for (std::size_t i = 0; i < pattern.size(); ++i)
        pattern[i] = mask[(phase + i) & 3];
    std::uint64_t wide = 0;
    std::memcpy(&wide, pattern.data(), sizeof wide);
    std::size_t at = 0;
    for (; at + sizeof wide <= data.size(); at += sizeof wide) {
        std::uint64_t word = 0;
        std::memcpy(&word, data.data() + at, sizeof word);
        word ^= wide;
        std::memcpy(data.data() + at, &word, sizeof word);
    }
    for (; at < data.size(); ++at) {
        data[at] = static_cast<char>(static_cast<std::uint8_t>(data[at]) ^ pattern[at & 7]);
    }
}

bool IsCloseCodeAllowed(std::uint16_t code) {
    if (code >= 3000 && code <= 4999) return true;
    if (code < 1000 || code > 1014) return false;
    return code != 1004 && code != kNoCode && code != 1006;
}

MessageParser::Partial& MessageParser::partial() {
    if (partial_ == nullptr) partial_ = std::make_unique<Partial>();
    return *partial_;
}

bool MessageParser::at_rest() const {
    if (partial_ == nullptr || partial_->delivered) return true;
    return !partial_->in_frame && !partial_->in_message && partial_->header_size == 0;
}

void MessageParser::End() {
    ended_ = true;
    partial_.reset();
}

std::size_t MessageParser::buffered_bytes() const {
    if (partial_ == nullptr) return 0;
    return sizeof(Partial) + partial_->message.capacity() + partial_->control.capacity();
}

MessageEvent MessageParser::Fault(std::uint16_t code, std::string_view why) {
    ended_ = true;
    return {MessageEvent::Kind::kFault, Opcode::kClose, code, why};
}

/// The size of the header that starts with `bytes`, as far as they tell; 2 when they do not yet.
std::size_t MessageParser::HeaderSize(std::span<const char> bytes) {
    if (bytes.size() < 2) return 2;
    const std::uint8_t second = ByteAt(bytes, 1);
    const std::uint8_t length = second & 0x7f;
    const std::size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
    return 2 + extended + ((second & kMaskBit) != 0 ? kMaskBytes : 0);
}

MessageParser::FrameHeader MessageParser::Decode(std::span<const char> bytes) {
    FrameHeader header;
    header.final = (ByteAt(bytes, 0) & kFinalBit) != 0;
    header.deflated = (ByteAt(bytes, 0) & kDeflatedBit) != 0;
    header.opcode = ByteAt(bytes, 0) & 0x0f;
    const std::uint8_t length = ByteAt(bytes, 1) & 0x7f;
    std::size_t at = 2;
    if (length < 126) {
        header.payload_bytes = length;
    } else {
        const std::size_t count = length == 126 ? 2 : 8;
        header.payload_bytes = BigEndian(bytes, at, count);
        header.shortest = header.payload_bytes > (count == 2 ? kControlPayloadMax : 0xffff) &&
                          header.payload_bytes >> 63 == 0;
        at += count;
    }
    std::memcpy(header.mask.data(), bytes.data() + at, kMaskBytes);
    return header;
}

/// Faults of a whole header, seen before any payload arrives.
MessageEvent MessageParser::CheckHeader(const FrameHeader& header) const {
    const auto fault = [](std::uint16_t code, std::string_view why) {
        return MessageEvent{MessageEvent::Kind::kFault, Opcode::kClose, code, why};
    };
    if (header.is_control()) return {};
    if (!header.shortest) return fault(kProtocolError, "a length is not written as RFC 6455 asks");
    const bool in_message = partial_ != nullptr && partial_->in_message;
    const bool continues = header.opcode == static_cast<std::uint8_t>(Opcode::kContinuation);
    if (continues && !in_message) {
        return fault(kProtocolError, "a continuation frame continues nothing");
    }
    if (!continues && in_message) {
        return fault(kProtocolError, "a message begins inside another");
    }
    const std::uint64_t before = in_message ? partial_->message.size() : 0;
    if (header.payload_bytes > message_bytes_max_ ||
        before + header.payload_bytes > message_bytes_max_) {
        return fault(kTooBig, kTooLarge);
    }
    return {};
}

MessageEvent MessageParser::CloseFrame(std::string_view payload) {
    if (payload.size() == 1) return Fault(kProtocolError, "a close frame carries half a code");
    std::uint16_t code = kNoCode;
    std::string_view reason;
    if (payload.size() >= 2) {
        code = static_cast<std::uint16_t>(BigEndian(payload, 0, 2));
        reason = payload.substr(2);
        if (!IsCloseCodeAllowed(code)) {
            return Fault(kProtocolError, "a close frame carries a code that must not be sent");
        }
        Utf8Checker checker;
        if (!checker.Take(reason) || !checker.AtBoundary()) {
            return Fault(kBadText, "the reason of a close frame is not UTF-8");
        }
    }
    ended_ = true;
    return {MessageEvent::Kind::kClose, Opcode::kClose, code, reason};
}

MessageEvent MessageParser::Control(const FrameHeader& header, std::string_view payload) {
    const auto opcode = static_cast<Opcode>(header.opcode);
    if (opcode == Opcode::kClose) return CloseFrame(payload);
    const auto kind =
        opcode == Opcode::kPing ? MessageEvent::Kind::kPing : MessageEvent::Kind::kPong;
    return {kind, opcode, 0, payload};
}

/// A frame whose payload is all there and that needs nothing kept: a control frame, or a message in
/// one frame.
MessageEvent MessageParser::TakeWholeFrame(const FrameHeader& header, std::span<char> payload) {
    Unmask(payload, header.mask, 0);
    const std::string_view text(payload.data(), payload.size());
    if (header.is_control()) return Control(header, text);
    const auto opcode = static_cast<Opcode>(header.opcode);
    if (header.deflated) return Inflated(opcode, text);
    return Whole(opcode, text);
}

MessageEvent MessageParser::Whole(Opcode opcode, std::string_view message) {
    if (opcode == Opcode::kText) {
        Utf8Checker checker;
        if (!checker.Take(message) || !checker.AtBoundary()) return Fault(kBadText, kNotUtf8);
    }
    return {MessageEvent::Kind::kMessage, opcode, 0, message};
}

MessageEvent MessageParser::Inflated(Opcode opcode, std::string_view compressed) {
    switch (inflater_->Inflate(compressed, message_bytes_max_)) {
        case Inflater::Outcome::kTooLarge:
            return Fault(kTooBig, kTooLarge);
        case Inflater::Outcome::kBroken:
            return Fault(kBadText, "a compressed message cannot be decompressed");
        case Inflater::Outcome::kWhole:
            break;
    }
    return Whole(opcode, inflater_->message());
}

void MessageParser::BeginFrame(const FrameHeader& header) {
    Partial& state = partial();
    state.frame = header;
    state.taken = 0;
    state.in_frame = true;
    if (header.is_control()) {
        state.control.clear();
    } else if (!state.in_message) {
        state.in_message = true;
        state.deflated = header.deflated;
        state.message_opcode = static_cast<Opcode>(header.opcode);
    }
}

MessageEvent MessageParser::ContinueFrame(std::span<char>& input) {
    Partial& state = *partial_;
    const std::uint64_t left = state.frame.payload_bytes - state.taken;
    const std::span<char> piece =
        input.subspan(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, input.size())));
    input = input.subspan(piece.size());
    Unmask(piece, state.frame.mask, static_cast<std::size_t>(state.taken));
    state.taken += piece.size();
    const std::string_view text(piece.data(), piece.size());
    if (state.frame.is_control()) {
        state.control += text;
    } else {
        const bool is_text = state.message_opcode == Opcode::kText && !state.deflated;
        if (is_text && !state.utf8.Take(text)) {
            return Fault(kBadText, kNotUtf8);
        }
        state.message += text;
    }
    if (state.taken < state.frame.payload_bytes) return {};
    return FinishFrame();
}

MessageEvent MessageParser::FinishFrame() {
    Partial& state = *partial_;
    state.in_frame = false;
    if (state.frame.is_control()) return Control(state.frame, state.control);
    if (!state.frame.final) return {};
    state.in_message = false;
    state.delivered = true;
    if (state.deflated) return Inflated(state.message_opcode, state.message);
    if (state.message_opcode == Opcode::kText && !state.utf8.AtBoundary()) {
        return Fault(kBadText, kNotUtf8);
    }
    return {MessageEvent::Kind::kMessage, state.message_opcode, 0, state.message};
}

/// Takes a frame's header from `input`, or what there is of it. Leaves
/// `complete` empty when bytes are missing; a fault is returned as soon as the bytes show it.
MessageEvent MessageParser::TakeHeader(
    std::span<char>& input, std::optional<FrameHeader>& complete
) {
    if (partial_ == nullptr || partial_->header_size == 0) {
        const std::string_view fault = FirstBytesFault(input, inflater_ != nullptr);
        if (!fault.empty()) return Fault(kProtocolError, fault);
        const std::size_t size = HeaderSize(input);
        if (input.size() >= size) {
            complete = Decode(input);
            input = input.subspan(size);
            return {};
        }
    }
    Partial& state = partial();
    while (!input.empty()) {
        state.header_bytes[state.header_size++] = input.front();
        input = input.subspan(1);
        const std::span<const char> bytes(state.header_bytes.data(), state.header_size);
        const std::string_view fault = FirstBytesFault(bytes, inflater_ != nullptr);
        if (!fault.empty()) return Fault(kProtocolError, fault);
        if (state.header_size >= 2 && state.header_size == HeaderSize(bytes)) {
            complete = Decode(bytes);
            state.header_size = 0;
            return {};
        }
    }
    return {};
}

MessageEvent MessageParser::Next(std::span<char>& input) {
    if (ended_) {
        input = {};
        return {};
    }
    if (at_rest()) partial_.reset();
    for (;;) {
        if (partial_ != nullptr && partial_->in_frame) {
            const MessageEvent event = ContinueFrame(input);
            if (event.kind != MessageEvent::Kind::kNeedMore || partial_->in_frame) return event;
        }
        if (input.empty()) return {};
        std::optional<FrameHeader> header;
        const MessageEvent broken = TakeHeader(input, header);
        if (!header) return broken;
        const MessageEvent refused = CheckHeader(*header);
        if (refused.kind == MessageEvent::Kind::kFault) return Fault(refused.code, refused.payload);
        const bool stands_alone = header->is_control() ||
                                  (header->final && (partial_ == nullptr || !partial_->in_message));
        if (stands_alone && header->payload_bytes <= input.size()) {
            const std::span<char> payload =
                input.subspan(0, static_cast<std::size_t>(header->payload_bytes));
            input = input.subspan(payload.size());
            return TakeWholeFrame(*header, payload);
        }
        BeginFrame(*header);
    }
}

}  // namespace flux::net
