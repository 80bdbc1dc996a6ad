#include "socketio/packet.h"

#include "json/json_check.h"
#include "json/json_fields.h"
#include "limits/limits.h"
#include "socketio/placeholders.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

namespace flux::socketio {
namespace {

constexpr std::array<std::string_view, 6> kReservedEvents = {
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};

Error Broken(std::string_view why) {
    return {ErrorCode::kBadInput, Retry::kNever, fmt::format("Socket.IO packet: {}", why)};
}

/// Takes the digits at the front of `text`.
std::string_view TakeDigits(std::string_view& text) {
    std::size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9')
        ++count;
    const std::string_view digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
}

std::uint64_t ToNumber(std::string_view digits) {
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

bool IsBinary(PacketType type) {
    return type == PacketType::kBinaryEvent || type == PacketType::kBinaryAck;
}

Result<void> TakeAttachmentCount(std::string_view& text, Packet& packet) {
    const std::string_view digits = TakeDigits(text);
    if (digits.empty() || !text.starts_with('-')) return Broken("a binary packet without 'N-'");
    text.remove_prefix(1);
    if (digits.size() > 4 || ToNumber(digits) > limits::kAttachmentsMax) {
        return Broken("too many attachments");
    }
    packet.attachments = static_cast<std::size_t>(ToNumber(digits));
    return {};
}

Result<void> TakeNamespace(std::string_view& text, Packet& packet) {
    if (!text.starts_with('/')) return {};
    const std::size_t comma = text.find(',');
    packet.nsp = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    if (packet.nsp.size() > limits::kNamespaceBytesMax) return Broken("the namespace is too long");
    return {};
}

Result<void> TakeId(std::string_view& text, Packet& packet) {
    const std::string_view digits = TakeDigits(text);
    if (digits.empty()) return {};
    if (digits.size() > limits::kAckIdDigitsMax)
        return Broken("the acknowledgement id is too long");
    packet.id = ToNumber(digits);
    return {};
}

Result<void> CheckEventName(std::string_view payload) {
    json::ArrayReader items(payload);
    if (!items.Next()) return Broken("an event without a name");
    const std::string_view name = items.value();
    const json::Kind kind = json::KindOf(name);
    if (kind == json::Kind::kNumber) return {};
    if (kind != json::Kind::kString) return Broken("an event's name is a string or a number");
    // Escapes can only make a reserved name longer, so the long way is for those alone.
    const bool reserved = name.find('\\') == std::string_view::npos
                              ? IsReservedEvent(name.substr(1, name.size() - 2))
                              : IsReservedEvent(json::Unquote(name));
    if (reserved) return Broken("the event's name is reserved");
    return {};
}

/// What the payload of each type must be.
Result<void> CheckShape(const Packet& packet) {
    const char first = packet.payload.empty() ? '\0' : packet.payload.front();
    switch (packet.type) {
        case PacketType::kConnect:
            if (packet.id) return Broken("CONNECT carries an id");
            if (first != '\0' && first != '{') return Broken("CONNECT's payload is no object");
            return {};
        case PacketType::kDisconnect:
            if (packet.id || first != '\0') return Broken("DISCONNECT carries a payload");
            return {};
        case PacketType::kEvent:
        case PacketType::kBinaryEvent:
            if (first != '[') return Broken("an event's payload is no array");
            return {};
        case PacketType::kAck:
        case PacketType::kBinaryAck:
            if (!packet.id) return Broken("an acknowledgement without an id");
            if (first != '[') return Broken("an acknowledgement's payload is no array");
            return {};
        case PacketType::kConnectError:
            return Broken("CONNECT_ERROR from a client");
    }
    return Broken("unknown type");
}

/// `N-` of a binary packet, nsp and comma, id: the digits and text between type and array.
SharedFrame EncodeArray(
    char type,
    char binary_type,
    std::string_view nsp,
    std::optional<std::uint64_t> id,
    std::string_view first,
    std::span<const std::string_view> args,
    std::span<const std::string_view> attachments
) {
    std::string head = "4";
    if (attachments.empty()) {
        head += type;
    } else {
        head += binary_type;
        head += fmt::format("{}-", attachments.size());
    }
    if (nsp != "/") {
        head += nsp;
        head += ',';
    }
    if (id) head += fmt::format("{}", *id);
    head += '[';
    std::vector<std::string_view> pieces;
    pieces.reserve(2 * args.size() + 3);
    pieces.push_back(head);
    if (!first.empty()) pieces.push_back(first);
    for (const std::string_view argument : args) {
        if (pieces.size() > 1) pieces.push_back(",");
        pieces.push_back(argument);
    }
    pieces.push_back("]");
    return EncodeFrames(net::Opcode::kText, pieces, attachments);
}

std::string NamespacePart(std::string_view nsp) {
    return nsp == "/" ? std::string() : fmt::format("{},", nsp);
}

SharedFrame EncodeText(const std::string& text) {
    const std::string_view piece = text;
    return EncodeFrames(net::Opcode::kText, {&piece, 1});
}

}  // namespace

Result<Packet> ParsePacket(std::string_view text) {
    if (text.empty() || text.front() < '0' || text.front() > '6') return Broken("unknown type");
    Packet packet;
    packet.type = static_cast<PacketType>(text.front() - '0');
    text.remove_prefix(1);
    if (IsBinary(packet.type)) {
        if (auto taken = TakeAttachmentCount(text, packet); !taken) return taken.error();
    }
    if (auto taken = TakeNamespace(text, packet); !taken) return taken.error();
    if (auto taken = TakeId(text, packet); !taken) return taken.error();
    packet.payload = text;
    if (auto shape = CheckShape(packet); !shape) return shape.error();
    if (!text.empty()) {
        const json::CheckLimits check_limits{.bytes_max = text.size()};
        if (auto valid = json::Check(text, check_limits); !valid) {
            return Broken(valid.error().context);
        }
    }
    if (packet.type == PacketType::kEvent || packet.type == PacketType::kBinaryEvent) {
        if (auto named = CheckEventName(text); !named) return named.error();
    }
    if (IsBinary(packet.type) && !PlaceholdersFit(text, packet.attachments)) {
        return Broken("a placeholder names no attachment");
    }
    return packet;
}

void SplitEvent(std::string_view payload, EventParts& parts) {
    parts.arguments.clear();
    parts.name = {};
    json::ArrayReader items(payload);
    if (!items.Next()) return;
    parts.name = items.value();
    if (json::KindOf(parts.name) == json::Kind::kString) {
        if (parts.name.find('\\') != std::string_view::npos) {
            parts.unescaped_name = json::Unquote(parts.name);
            parts.name = parts.unescaped_name;
        } else {
            parts.name = parts.name.substr(1, parts.name.size() - 2);
        }
    }
    while (items.Next())
        parts.arguments.push_back(items.value());
}

std::vector<std::string_view> SplitArray(std::string_view payload) {
    std::vector<std::string_view> items;
    for (json::ArrayReader reader(payload); reader.Next();)
        items.push_back(reader.value());
    return items;
}

bool IsReservedEvent(std::string_view name) {
    return std::find(kReservedEvents.begin(), kReservedEvents.end(), name) != kReservedEvents.end();
}

SharedFrame EncodeConnect(std::string_view nsp, std::string_view sid, std::string_view pid) {
    if (!pid.empty()) {
        return EncodeText(
            fmt::format(R"(40{}{{"sid":"{}","pid":"{}"}})", NamespacePart(nsp), sid, pid)
        );
    }
    return EncodeText(fmt::format(R"(40{}{{"sid":"{}"}})", NamespacePart(nsp), sid));
}

SharedFrame EncodeConnectError(std::string_view nsp, std::string_view message) {
    return EncodeText(
        fmt::format(R"(44{}{{"message":{}}})", NamespacePart(nsp), json::Quote(message))
    );
}

SharedFrame EncodeDisconnect(std::string_view nsp) {
    return EncodeText(nsp == "/" ? "41" : fmt::format("41{},", nsp));
}

SharedFrame EncodeEventPacket(
    std::string_view nsp,
    std::optional<std::uint64_t> id,
    std::string_view event,
    std::span<const std::string_view> args,
    std::span<const std::string_view> attachments
) {
    if (!id && attachments.empty()) return EncodeEvent(nsp, event, args);
    return EncodeArray('2', '5', nsp, id, json::Quote(event), args, attachments);
}

SharedFrame EncodeAck(
    std::string_view nsp,
    std::uint64_t id,
    std::span<const std::string_view> args,
    std::span<const std::string_view> attachments
) {
    return EncodeArray('3', '6', nsp, id, {}, args, attachments);
}

}  // namespace flux::socketio
