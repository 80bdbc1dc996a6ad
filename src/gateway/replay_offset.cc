#include "gateway/replay_offset.h"

#include <algorithm>

namespace flux::gateway {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string ToText(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char byte : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(byte);
        for (count += 8; count >= 6; count -= 6)
            text += kAlphabet[bits >> (count - 6) & 0x3f];
    }
    if (count > 0) text += kAlphabet[bits << (6 - count) & 0x3f];
    return text;
}

std::optional<std::string> FromText(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char letter : text) {
        const std::size_t value = kAlphabet.find(letter);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>(bits >> count & 0xff);
        }
    }
    return bytes;
}

void PutNumber(std::string& bytes, std::uint64_t number) {
    for (; number >= 0x80; number >>= 7)
        bytes += static_cast<char>(number | 0x80);
    bytes += static_cast<char>(number);
}

std::optional<std::uint64_t> TakeNumber(std::string_view& bytes) {
    std::uint64_t number = 0;
    for (int shift = 0; shift < 63 && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        number |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte < 0x80) return number;
    }
    return std::nullopt;
}

/// A part as it is written: 0 is all of them, and one more than its number any other; also none.
std::uint64_t NumberOf(std::uint32_t part) {
    return part == ReplayOffset::kAllParts ? 0 : std::uint64_t{part} + 1;
}

/// `number` is at most kAllParts.
std::uint32_t PartOf(std::uint64_t number) {
    return number == 0 ? ReplayOffset::kAllParts : static_cast<std::uint32_t>(number - 1);
}

}  // namespace

bool ReplayOffset::Includes(const ReplayPlace& place) const {
    if (place.partition >= partitions) return false;
    const std::int64_t end = next[place.partition];
    if (place.offset + 1 != end) return place.offset < end;
    return place.partition != current || place.part <= part;
}

bool ReplayOffset::Covers(const ReplayOffset& other) const {
    if (layout != other.layout || partitions != other.partitions) return false;
    for (std::uint8_t i = 0; i < partitions; ++i) {
        if (next[i] < other.next[i]) return false;
        if (next[i] > other.next[i] || i != current || part == kAllParts) continue;
        if (i != other.current || other.part > part) return false;
    }
    return true;
}

bool ReplayOffset::IncludesAll(const std::vector<ReplayPlace>& places) const {
    return std::all_of(places.begin(), places.end(), [this](const ReplayPlace& place) {
        return Includes(place);
    });
}

std::string Encode(const ReplayOffset& offset) {
    std::string bytes;
    for (int shift = 0; shift < 64; shift += 8)
        bytes += static_cast<char>(offset.layout >> shift & 0xff);
    bytes += static_cast<char>(offset.current);
    PutNumber(bytes, NumberOf(offset.part));
    for (std::uint8_t i = 0; i < offset.partitions; ++i)
        PutNumber(bytes, static_cast<std::uint64_t>(offset.next[i]));
    return ToText(bytes);
}

std::optional<ReplayOffset> DecodeReplayOffset(std::string_view text) {
    if (text.size() > limits::kRecoveryOffsetBytesMax) return std::nullopt;
    const std::optional<std::string> decoded = FromText(text);
    if (!decoded || decoded->size() < 9) return std::nullopt;
    std::string_view bytes = *decoded;
    ReplayOffset offset;
    for (std::size_t i = 0; i < 8; ++i)
        offset.layout |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    offset.current = static_cast<unsigned char>(bytes[8]);
    bytes.remove_prefix(9);
    const std::optional<std::uint64_t> part = TakeNumber(bytes);
    if (!part || *part > ReplayOffset::kAllParts) return std::nullopt;
    offset.part = PartOf(*part);
    while (!bytes.empty()) {
        const std::optional<std::uint64_t> next = TakeNumber(bytes);
        if (!next || offset.partitions == offset.next.size()) return std::nullopt;
        offset.next[offset.partitions++] = static_cast<std::int64_t>(*next);
    }
    // There may be no partition yet: topics that are waited for.
    if (offset.current != 0 && offset.current >= offset.partitions) return std::nullopt;
    // One offset has one text: neither longer numbers nor stray bits.
    if (Encode(offset) != text) return std::nullopt;
    return offset;
}

std::string Encode(const std::vector<ReplayPlace>& places) {
    std::string bytes;
    for (const ReplayPlace& place : places) {
        bytes += static_cast<char>(place.partition);
        PutNumber(bytes, static_cast<std::uint64_t>(place.offset));
        PutNumber(bytes, place.part);
    }
    return ToText(bytes);
}

std::optional<std::vector<ReplayPlace>> DecodeReplayPlaces(std::string_view text) {
    const std::optional<std::string> decoded = FromText(text);
    if (!decoded) return std::nullopt;
    std::string_view bytes = *decoded;
    std::vector<ReplayPlace> places;
    while (!bytes.empty()) {
        ReplayPlace place;
        place.partition = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        const std::optional<std::uint64_t> offset = TakeNumber(bytes);
        const std::optional<std::uint64_t> part = TakeNumber(bytes);
        if (!offset || !part || *part >= ReplayOffset::kAllParts) return std::nullopt;
        place.offset = static_cast<std::int64_t>(*offset);
        place.part = static_cast<std::uint32_t>(*part);
        if (places.size() == limits::kReplayPartitionsMax) return std::nullopt;
        places.push_back(place);
    }
    if (Encode(places) != text) return std::nullopt;
    return places;
}

}  // namespace flux::gateway
