#include "socketio/shared_frame.h"

#include "base/assert.h"
#include "json/json_check.h"
#include "json/plain_bytes.h"

#include <array>
#include <cstring>

namespace flux::socketio {
namespace {

std::size_t HeaderBytes(std::size_t payload_bytes) {
    if (payload_bytes < 126) return 2;
    return payload_bytes <= 0xffff ? 4 : 10;
}

char* PutHeader(char* out, net::Opcode opcode, std::size_t payload_bytes, bool deflated = false) {
    std::array<std::byte, 10> header;
    const std::size_t length = net::EncodeFrameHeader(opcode, payload_bytes, header, deflated);
    std::memcpy(out, header.data(), length);
    return out + length;
}

char* Put(char* out, std::string_view text) {
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

/// Runs `pieces(sink)` twice: once to measure, once to write, so that a frame of any number of
/// pieces costs one allocation and no list of them.
template <class Pieces>
SharedFrame BuildText(const Pieces& pieces) {
    std::size_t payload_bytes = 0;
    pieces([&](std::string_view piece) { payload_bytes += piece.size(); });
    return SharedFrame(SharedBytes::Build(
        HeaderBytes(payload_bytes) + payload_bytes,
        [&](char* out) {
            out = PutHeader(out, net::Opcode::kText, payload_bytes);
            pieces([&](std::string_view piece) { out = Put(out, piece); });
        }
    ));
}

/// Nothing when no message of `wire` got smaller.
SharedBytes DeflateMessages(std::string_view wire, net::Deflater& deflater, std::size_t bytes_min) {
    std::string out;
    const std::size_t before = wire.size();
    while (!wire.empty()) {
        const WireMessage message = WireMessageAt(wire);
        std::string_view payload = message.payload;
        if (payload.size() >= bytes_min) payload = deflater.Deflate(payload);
        const bool deflated = payload.size() < message.payload.size();
        if (!deflated) payload = message.payload;
        const std::size_t at = out.size();
        out.resize(at + HeaderBytes(payload.size()) + payload.size());
        Put(PutHeader(out.data() + at, message.opcode, payload.size(), deflated), payload);
        wire.remove_prefix(message.wire_bytes);
    }
    deflater.Release();
    return out.size() < before ? SharedBytes(out) : SharedBytes();
}

/// The event's name as a JSON string; quoted into `buffer` only when it needs escapes.
struct QuotedName {
    explicit QuotedName(std::string_view name)
        : text(name) {
        if (json::SkipPlain(name.data(), name.data() + name.size()) != name.data() + name.size()) {
            buffer = json::Quote(name);
            text = std::string_view(buffer).substr(1, buffer.size() - 2);
        }
    }
    QuotedName(const QuotedName&) = delete;
    QuotedName& operator=(const QuotedName&) = delete;

    std::string buffer;
    std::string_view text;  // without the quotes
};

/// `42/nsp,["name"`
template <class Sink>
void EventHead(const Sink& sink, std::string_view nsp, const QuotedName& name) {
    sink("42");
    if (nsp != "/") {
        sink(nsp);
        sink(",");
    }
    sink("[\"");
    sink(name.text);
    sink("\"");
}

}  // namespace

SharedFrame SharedFrame::Deflated(net::Deflater& deflater, std::size_t bytes_min, bool* made)
    const {
    return SharedFrame(frames_.Derived([&] {
        *made = true;
        return DeflateMessages(wire(), deflater, bytes_min);
    }));
}

SharedFrame EncodeEvent(
    std::string_view nsp, std::string_view event, std::span<const std::string_view> args
) {
    const QuotedName name(event);
    return BuildText([&](const auto& sink) {
        EventHead(sink, nsp, name);
        for (const std::string_view argument : args) {
            sink(",");
            sink(argument);
        }
        sink("]");
    });
}

SharedFrame EncodeEnvelope(
    std::string_view nsp,
    std::string_view event,
    std::string_view head,
    std::string_view payload,
    std::string_view tail
) {
    const QuotedName name(event);
    return BuildText([&](const auto& sink) {
        EventHead(sink, nsp, name);
        sink(",");
        sink(head);
        sink(payload);
        sink(tail);
        sink("]");
    });
}

SharedFrame EncodeFrames(
    net::Opcode opcode,
    std::span<const std::string_view> pieces,
    std::span<const std::string_view> attachments
) {
    std::size_t payload_bytes = 0;
    for (const std::string_view piece : pieces)
        payload_bytes += piece.size();
    std::size_t wire_bytes = HeaderBytes(payload_bytes) + payload_bytes;
    for (const std::string_view attachment : attachments)
        wire_bytes += HeaderBytes(attachment.size()) + attachment.size();
    return SharedFrame(SharedBytes::Build(wire_bytes, [&](char* out) {
        out = PutHeader(out, opcode, payload_bytes);
        for (const std::string_view piece : pieces)
            out = Put(out, piece);
        for (const std::string_view attachment : attachments) {
            out = PutHeader(out, net::Opcode::kBinary, attachment.size());
            out = Put(out, attachment);
        }
    }));
}

WireMessage WireMessageAt(std::string_view wire) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(wire[i]));
    };
    FLUX_ASSERT(wire.size() >= 2);
    const auto opcode = static_cast<net::Opcode>(byte(0) & 0x0f);
    std::uint64_t length = byte(1) & 0x7f;
    std::size_t header = 2;
    const std::size_t length_bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (length_bytes != 0) {
        header += length_bytes;
        FLUX_ASSERT(wire.size() >= header);
        length = 0;
        for (std::size_t i = 2; i < header; ++i)
            length = length << 8 | byte(i);
    }
    FLUX_ASSERT(wire.size() - header >= length);
    const auto payload_bytes = static_cast<std::size_t>(length);
    return {opcode, wire.substr(header, payload_bytes), header + payload_bytes};
}

}  // namespace flux::socketio
