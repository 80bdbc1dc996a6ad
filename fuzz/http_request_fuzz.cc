// HTTP requests: wherever the network cuts them, they read the same; what is accepted holds nothing
// a proxy could read differently.
#include "base/assert.h"
#include "input.h"
#include "net/http_parser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using flux::net::ChunkedDecoder;
using flux::net::HeadScanner;
using flux::net::HttpRequest;
using flux::net::RequestFraming;

constexpr std::size_t kBodyBytesMax = 1000;

bool HasControl(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f';
    });
}

/// Scans `text` that arrives in two pieces; the state must be that of one piece.
HeadScanner Scan(std::string_view text, std::size_t cut, HeadScanner::State& state) {
    HeadScanner scanner;
    state = scanner.Scan(text.substr(0, cut));
    if (state == HeadScanner::State::kNeedMore) state = scanner.Scan(text);
    return scanner;
}

void CheckRequest(const HttpRequest& request, const RequestFraming& framing) {
    FLUX_ASSERT(!request.path.empty() && (request.path.front() == '/' || request.path == "*"));
    FLUX_ASSERT(!HasControl(request.target) && request.target.find(' ') == std::string_view::npos);
    FLUX_ASSERT(request.path.find('?') == std::string_view::npos);
    FLUX_ASSERT(request.minor_version == 0 || request.minor_version == 1);
    FLUX_ASSERT(!framing.chunked || framing.content_length == 0);
    FLUX_ASSERT(!framing.chunked || request.minor_version == 1);
    FLUX_ASSERT(!framing.chunked || !request.HasHeader("content-length"));
    for (const auto& [name, value] : request.headers) {
        FLUX_ASSERT(!name.empty() && !HasControl(name) && !HasControl(value));
        FLUX_ASSERT(name.find_first_of(" \t:") == std::string_view::npos);
        FLUX_ASSERT(value.empty() || (value.front() != ' ' && value.back() != ' '));
        FLUX_ASSERT(request.HasHeader(name));
    }
    bool found = false;
    const std::string value = request.QueryParameter("sid", &found);
    FLUX_ASSERT(found || value.empty());
}

struct Body {
    ChunkedDecoder::State state = ChunkedDecoder::State::kNeedMore;
    std::string bytes;
    std::size_t left = 0;

    friend bool operator==(const Body&, const Body&) = default;
};

Body Decode(std::string_view text, std::size_t cut) {
    ChunkedDecoder decoder(kBodyBytesMax);
    Body body;
    std::string_view piece = text.substr(0, cut);
    body.state = decoder.Decode(piece, body.bytes);
    body.left = piece.size() + text.size() - cut;
    if (body.state == ChunkedDecoder::State::kNeedMore) {
        FLUX_ASSERT(piece.empty());
        piece = text.substr(cut);
        body.state = decoder.Decode(piece, body.bytes);
        body.left = piece.size();
    }
    FLUX_ASSERT(body.bytes.size() <= kBodyBytesMax);
    if (body.state == ChunkedDecoder::State::kFault) {
        FLUX_ASSERT(decoder.fault().status >= 400);
        return Body{body.state, {}, 0};  // what came before the fault is thrown away
    }
    return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    const std::size_t wish = input.Byte();
    const std::string_view text = input.Rest();
    const std::size_t cut = std::min(wish, text.size());

    HeadScanner::State state = HeadScanner::State::kNeedMore;
    HeadScanner::State cut_state = HeadScanner::State::kNeedMore;
    const HeadScanner scanner = Scan(text, text.size(), state);
    const HeadScanner cut_scanner = Scan(text, cut, cut_state);
    FLUX_ASSERT(state == cut_state);
    if (state == HeadScanner::State::kFault) {
        FLUX_ASSERT(scanner.fault().sentence == cut_scanner.fault().sentence);
    }
    if (state != HeadScanner::State::kComplete) return 0;
    FLUX_ASSERT(scanner.head_bytes() == cut_scanner.head_bytes());
    FLUX_ASSERT(scanner.head_bytes() <= text.size());

    HttpRequest request;
    RequestFraming framing;
    const std::string_view head = text.substr(0, scanner.head_bytes());
    if (const auto fault = flux::net::ParseHead(head, request, framing)) {
        FLUX_ASSERT(fault->status >= 400 && fault->status < 600 && !fault->sentence.empty());
        return 0;
    }
    CheckRequest(request, framing);
    if (!framing.chunked) return 0;
    const std::string_view body = text.substr(head.size());
    FLUX_ASSERT(Decode(body, body.size()) == Decode(body, std::min(wish, body.size())));
    return 0;
}
