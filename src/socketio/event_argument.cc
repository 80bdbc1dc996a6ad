#include "socketio/event_argument.h"

#include "base/assert.h"

#include <array>
#include <vector>

namespace flux::socketio {
namespace {

/// Where the array of an event begins; npos for every other packet, and for an event with an id.
std::size_t ArrayOf(std::string_view text) {
    constexpr std::size_t kNone = std::string_view::npos;
    if (text.size() < 2 || text[0] != '4' || (text[1] != '2' && text[1] != '5')) return kNone;
    std::size_t at = 2;
    if (text[1] == '5') {
        at = text.find('-', at);
        if (at == kNone) return kNone;
        ++at;
    }
    if (at < text.size() && text[at] == '/') {
        at = text.find(',', at);
        if (at == kNone) return kNone;
        ++at;
    }
    return at < text.size() && text[at] == '[' ? at : kNone;
}

}  // namespace

bool EndsInString(const SharedFrame& frame) {
    if (frame.empty()) return false;
    const WireMessage message = WireMessageAt(frame.wire());
    if (message.opcode != net::Opcode::kText) return false;
    std::string_view text = message.payload;
    if (ArrayOf(text) == std::string_view::npos) return false;
    text.remove_suffix(1);
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return last != std::string_view::npos && text[last] == '"';
}

SharedFrame WithArgument(const SharedFrame& frame, std::string_view argument) {
    std::string_view wire = frame.wire();
    const WireMessage message = WireMessageAt(wire);
    FLUX_ASSERT(ArrayOf(message.payload) != std::string_view::npos);
    wire.remove_prefix(message.wire_bytes);
    std::vector<std::string_view> attachments;
    while (!wire.empty()) {
        const WireMessage attachment = WireMessageAt(wire);
        attachments.push_back(attachment.payload);
        wire.remove_prefix(attachment.wire_bytes);
    }
    std::string_view head = message.payload;
    head.remove_suffix(1);
    const std::array<std::string_view, 4> pieces{head, ",", argument, "]"};
    return EncodeFrames(net::Opcode::kText, pieces, attachments);
}

SharedFrame WithoutLastString(const SharedFrame& frame) {
    return EndsInString(frame) ? WithArgument(frame, "null") : frame;
}

}  // namespace flux::socketio
