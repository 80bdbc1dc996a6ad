// Socket.IO v5 packets: strict parsing of what clients send, encoding of what they receive.
#pragma once

#include "base/result.h"
#include "socketio/shared_frame.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flux::socketio {

enum class PacketType : std::uint8_t {
    kConnect = 0,
    kDisconnect = 1,
    kEvent = 2,
    kAck = 3,
    kConnectError = 4,
    kBinaryEvent = 5,
    kBinaryAck = 6,
};

/// One packet from a client. Views point into the text that was parsed.
struct Packet {
    PacketType type = PacketType::kEvent;
    std::string_view nsp = "/";
    std::optional<std::uint64_t> id;  ///< of the acknowledgement it asks for or gives
    std::size_t attachments = 0;      ///< binary messages that follow
    std::string_view payload;         ///< checked JSON of the shape its type asks for; may be empty
};

/// Parses the text of one packet (after Engine.IO's `4`) and checks its JSON.
/// Errors: kBadInput saying which rule was broken. Thread: any.
Result<Packet> ParsePacket(std::string_view text);

/// The parts of an event's array. Views point into the packet's payload, `name` into
/// `unescaped_name` when the name was written with escapes.
struct EventParts {
    std::string_view name;
    std::vector<std::string_view> arguments;
    std::string unescaped_name;
};

/// Takes a checked event payload apart into `parts`, whose storage is reused.
void SplitEvent(std::string_view payload, EventParts& parts);

/// The items of a checked array.
std::vector<std::string_view> SplitArray(std::string_view payload);

/// Names an application may neither send nor receive as events: "connect", "disconnect", ...
bool IsReservedEvent(std::string_view name);

/// `40{"sid":...}`, with a private id `40{"sid":...,"pid":...}`
SharedFrame EncodeConnect(std::string_view nsp, std::string_view sid, std::string_view pid = {});

/// `44{"message":...}`
SharedFrame EncodeConnectError(std::string_view nsp, std::string_view message);

/// `41`
SharedFrame EncodeDisconnect(std::string_view nsp);

/// An event, with the id of the acknowledgement it asks for and binary attachments, whose
/// placeholders `args` already holds.
SharedFrame EncodeEventPacket(
    std::string_view nsp,
    std::optional<std::uint64_t> id,
    std::string_view event,
    std::span<const std::string_view> args,
    std::span<const std::string_view> attachments
);

/// `43ID[...]`, or `46N-ID[...]` and its attachments.
SharedFrame EncodeAck(
    std::string_view nsp,
    std::uint64_t id,
    std::span<const std::string_view> args,
    std::span<const std::string_view> attachments
);

}  // namespace flux::socketio
