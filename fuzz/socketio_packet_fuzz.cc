// Socket.IO packets: an event or acknowledgement that was accepted reads the same when the server
// encodes it again.
#include "base/assert.h"
#include "json/json_check.h"
#include "limits/limits.h"
#include "socketio/packet.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using flux::socketio::Packet;
using flux::socketio::PacketType;
using flux::socketio::SharedFrame;

/// The text packet of `frame` without Engine.IO's `4`, and that as many attachments follow.
std::string TextOf(const SharedFrame& frame, std::size_t attachments) {
    std::string_view wire = frame.wire();
    const flux::socketio::WireMessage text = flux::socketio::WireMessageAt(wire);
    FLUX_ASSERT(text.opcode == flux::net::Opcode::kText && text.payload.starts_with('4'));
    wire.remove_prefix(text.wire_bytes);
    for (std::size_t i = 0; i < attachments; ++i) {
        const flux::socketio::WireMessage binary = flux::socketio::WireMessageAt(wire);
        FLUX_ASSERT(binary.opcode == flux::net::Opcode::kBinary && binary.payload == "bytes");
        wire.remove_prefix(binary.wire_bytes);
    }
    FLUX_ASSERT(wire.empty());
    return std::string(text.payload.substr(1));
}

void CheckSameHead(const Packet& a, const Packet& b) {
    FLUX_ASSERT(a.nsp == b.nsp && a.id == b.id && a.attachments == b.attachments);
}

void CheckEvent(const Packet& packet) {
    flux::socketio::EventParts parts;
    flux::socketio::SplitEvent(packet.payload, parts);
    FLUX_ASSERT(!flux::socketio::IsReservedEvent(parts.name));
    const std::vector<std::string_view> attachments(packet.attachments, "bytes");
    const SharedFrame frame = flux::socketio::EncodeEventPacket(
        packet.nsp, packet.id, parts.name, parts.arguments, attachments
    );
    const std::string text = TextOf(frame, attachments.size());
    const auto again = flux::socketio::ParsePacket(text);
    FLUX_ASSERT(again);
    CheckSameHead(packet, *again);
    flux::socketio::EventParts parts_again;
    flux::socketio::SplitEvent(again->payload, parts_again);
    FLUX_ASSERT(parts.name == parts_again.name && parts.arguments == parts_again.arguments);
}

void CheckAck(const Packet& packet) {
    const std::vector<std::string_view> items = flux::socketio::SplitArray(packet.payload);
    const std::vector<std::string_view> attachments(packet.attachments, "bytes");
    const SharedFrame frame = flux::socketio::EncodeAck(packet.nsp, *packet.id, items, attachments);
    const std::string text = TextOf(frame, attachments.size());
    const auto again = flux::socketio::ParsePacket(text);
    FLUX_ASSERT(again);
    CheckSameHead(packet, *again);
    FLUX_ASSERT(flux::socketio::SplitArray(again->payload) == items);
}

/// What the server answers in the namespace reads back where a client may send the same.
void CheckConnect(const Packet& packet) {
    const std::string accepted = TextOf(flux::socketio::EncodeConnect(packet.nsp, "sid"), 0);
    const auto connect = flux::socketio::ParsePacket(accepted);
    FLUX_ASSERT(connect && connect->type == PacketType::kConnect);
    FLUX_ASSERT(connect->nsp == packet.nsp && connect->payload == R"({"sid":"sid"})");

    const SharedFrame recoverable = flux::socketio::EncodeConnect(packet.nsp, "sid", "pid");
    const std::string offered = TextOf(recoverable, 0);
    const auto session = flux::socketio::ParsePacket(offered);
    FLUX_ASSERT(session && session->type == PacketType::kConnect && session->nsp == packet.nsp);
    FLUX_ASSERT(session->payload == R"({"sid":"sid","pid":"pid"})");

    const std::string left = TextOf(flux::socketio::EncodeDisconnect(packet.nsp), 0);
    const auto disconnect = flux::socketio::ParsePacket(left);
    FLUX_ASSERT(disconnect && disconnect->type == PacketType::kDisconnect);
    FLUX_ASSERT(disconnect->nsp == packet.nsp);

    const SharedFrame refusal = flux::socketio::EncodeConnectError(packet.nsp, packet.payload);
    const std::string refused = TextOf(refusal, 0);
    FLUX_ASSERT(refused.starts_with('4') && !flux::socketio::ParsePacket(refused));
    const std::string nsp = packet.nsp == "/" ? "" : std::string(packet.nsp) + ",";
    const std::string_view payload = std::string_view(refused).substr(1 + nsp.size());
    FLUX_ASSERT(refused.compare(1, nsp.size(), nsp) == 0 && flux::json::Check(payload));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto packet = flux::socketio::ParsePacket(text);
    if (!packet) {
        FLUX_ASSERT(!packet.error().context.empty());
        return 0;
    }
    FLUX_ASSERT(packet->nsp.starts_with('/'));
    FLUX_ASSERT(packet->nsp.size() <= flux::limits::kRoomNameBytesMax);
    FLUX_ASSERT(packet->attachments <= flux::limits::kAttachmentsMax);
    FLUX_ASSERT(packet->payload.empty() || flux::json::Check(packet->payload));
    switch (packet->type) {
        case PacketType::kEvent:
        case PacketType::kBinaryEvent:
            CheckEvent(*packet);
            break;
        case PacketType::kAck:
        case PacketType::kBinaryAck:
            CheckAck(*packet);
            break;
        case PacketType::kConnect:
        case PacketType::kDisconnect:
            CheckConnect(*packet);
            break;
        case PacketType::kConnectError:
            FLUX_ASSERT(false);  // a client may not send it
    }
    return 0;
}
