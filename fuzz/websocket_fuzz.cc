// A WebSocket client's bytes: wherever the network cuts them, they read the same, and a message
// reads as it was written.
//
// The first line chooses: `raw` takes what follows as bytes of the wire; anything else takes each
// further line as one frame, a character for its first byte (see FirstByte and Frames) and its
// payload, so that well-formed streams are a short way off.
#include "base/assert.h"
#include "input.h"
#include "net/deflater.h"
#include "net/websocket_codec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using flux::net::Inflater;
using flux::net::MessageEvent;
using flux::net::MessageParser;
using flux::net::Opcode;

constexpr std::size_t kMessageBytesMax = 300;
/// A deflated message of so many bytes stays within the bound, however little it can be deflated.
constexpr std::size_t kPlainBytesMax = 200;
constexpr std::array<std::uint8_t, 4> kMask{0x12, 0x00, 0xfe, 0x80};

struct Seen {
    MessageEvent::Kind kind;
    Opcode opcode;
    std::uint16_t code;
    std::string payload;

    friend bool operator==(const Seen&, const Seen&) = default;
};

/// 't' text, 'b' binary, 'c' continuation, 'p' ping, 'q' pong, 'x' close; capitals are not final.
std::uint8_t FirstByte(char c) {
    constexpr std::string_view kNames = "ctb_____xpq";
    const bool final = c < 'A' || c > 'Z';
    const std::size_t opcode = kNames.find(final ? c : static_cast<char>(c - 'A' + 'a'));
    if (opcode == std::string_view::npos) return static_cast<std::uint8_t>(c);
    return static_cast<std::uint8_t>((final ? 0x80 : 0) | opcode);
}

/// A client's frame around `payload`.
std::string Masked(std::uint8_t first, std::string_view payload) {
    std::array<std::byte, 10> header{};
    const std::size_t size = flux::net::EncodeFrameHeader(Opcode::kText, payload.size(), header);
    header[0] = std::byte{first};
    header[1] |= std::byte{0x80};
    std::string frame(reinterpret_cast<const char*>(header.data()), size);
    frame.append(reinterpret_cast<const char*>(kMask.data()), kMask.size());
    std::string masked(payload);
    flux::net::Unmask(masked, kMask, 0);
    return frame + masked;
}

std::string Deflated(std::string_view message) {
    static flux::net::Deflater deflater;
    return std::string(deflater.Deflate(message));
}

/// A line's frames: 'd' is a text message, compressed; 'D' the same in two fragments; 'z' what is
/// called compressed and may be anything, 'Z' its first fragment.
std::string Frames(char c, std::string_view payload) {
    if (c == 'z' || c == 'Z') return Masked(c == 'z' ? 0xc1 : 0x41, payload);
    if (c != 'd' && c != 'D') return Masked(FirstByte(c), payload);
    const std::string deflated = Deflated(payload);
    if (c == 'd') return Masked(0xc1, deflated);
    const std::string_view whole = deflated;
    const std::size_t half = whole.size() / 2;
    return Masked(0x41, whole.substr(0, half)) + Masked(0x80, whole.substr(half));
}

std::string Stream(flux::fuzz::Input& input) {
    if (input.Line() == "raw") return std::string(input.Rest());
    std::string stream;
    while (!input.Rest().empty()) {
        const std::string_view line = input.Line();
        if (!line.empty()) stream += Frames(line.front(), line.substr(1));
    }
    return stream;
}

/// How the network cuts a stream: once, and what is left into pieces of this size.
struct Cuts {
    std::size_t first = SIZE_MAX;
    std::size_t further = SIZE_MAX;
};

std::vector<Seen> Parse(std::string stream, const Cuts& cuts, Inflater* inflater) {
    MessageParser parser(kMessageBytesMax, inflater);
    std::vector<Seen> seen;
    std::span<char> rest = stream;
    for (std::size_t wish = cuts.first; !rest.empty(); wish = cuts.further) {
        std::span<char> piece = rest.subspan(0, std::min(wish, rest.size()));
        rest = rest.subspan(piece.size());
        for (;;) {
            const MessageEvent event = parser.Next(piece);
            if (event.kind == MessageEvent::Kind::kNeedMore) break;
            FLUX_ASSERT(
                event.kind != MessageEvent::Kind::kMessage ||
                event.payload.size() <= kMessageBytesMax
            );
            seen.push_back({event.kind, event.opcode, event.code, std::string(event.payload)});
        }
        FLUX_ASSERT(piece.empty());
    }
    parser.End();
    FLUX_ASSERT(parser.at_rest() && parser.buffered_bytes() == 0);
    return seen;
}

std::vector<Seen> Parse(const std::string& stream, const Cuts& cuts, bool deflate) {
    Inflater inflater;
    return Parse(stream, cuts, deflate ? &inflater : nullptr);
}

void CheckReadsAsWritten(std::string_view payload) {
    payload = payload.substr(0, kPlainBytesMax);
    const Seen written{MessageEvent::Kind::kMessage, Opcode::kBinary, 0, std::string(payload)};
    FLUX_ASSERT(Parse(Masked(0x82, payload), {}, false) == std::vector<Seen>{written});
    FLUX_ASSERT(Parse(Masked(0xc2, Deflated(payload)), {}, true) == std::vector<Seen>{written});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    const std::size_t wish = input.Byte();
    const std::string stream = Stream(input);
    for (const bool deflate : {false, true}) {
        const std::vector<Seen> whole = Parse(stream, {}, deflate);
        FLUX_ASSERT(whole == Parse(stream, {.first = wish}, deflate));
        FLUX_ASSERT(whole == Parse(stream, {.first = wish, .further = wish % 8 + 1}, deflate));
    }
    CheckReadsAsWritten(stream);
    return 0;
}
