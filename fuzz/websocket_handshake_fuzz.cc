// Opening handshakes of WebSockets: what is accepted is one, and compression is agreed on terms
// that the answer may name.
//
// The first byte is the method (an even one is GET) and the version; the lines that follow are
// Upgrade, Connection, Sec-WebSocket-Version and Sec-WebSocket-Key, and each further one a line of
// Sec-WebSocket-Extensions.
#include "base/assert.h"
#include "input.h"
#include "net/websocket_extensions.h"
#include "net/websocket_handshake.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using flux::net::DeflateTerms;
using flux::net::HttpRequest;

using Lines = std::vector<std::string_view>;

void CheckHandshake(const HttpRequest& request) {
    const std::string_view key = request.Header("sec-websocket-key");
    const std::string accept = flux::net::AcceptKey(key);
    FLUX_ASSERT(accept.size() == 28 && accept.back() == '=');
    const auto refused = flux::net::RefuseHandshake(request);
    if (refused) {
        FLUX_ASSERT(refused->status == 400 || refused->status == 426);
        FLUX_ASSERT(refused->close && !refused->body.view().empty());
        return;
    }
    FLUX_ASSERT(request.method == flux::net::Method::kGet && request.minor_version == 1);
    FLUX_ASSERT(request.Header("sec-websocket-version") == "13");
    FLUX_ASSERT(key.size() == 24 && key.ends_with("=="));
    const std::string head = flux::net::SwitchingHead(request, std::nullopt);
    FLUX_ASSERT(head.find("\r\nSec-WebSocket-Accept: " + accept + "\r\n\r\n") != std::string::npos);
}

std::optional<DeflateTerms> Agree(const Lines& lines) {
    HttpRequest request;
    for (const std::string_view line : lines)
        request.headers.emplace_back("Sec-WebSocket-Extensions", line);
    return flux::net::AgreeDeflate(request);
}

bool Same(const std::optional<DeflateTerms>& a, const std::optional<DeflateTerms>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return a->window_bits == b->window_bits && a->window_was_asked == b->window_was_asked;
}

/// The answer: what RFC 7692 (7.1) lets a server say to whatever was offered.
void CheckAnswer(const DeflateTerms& terms) {
    FLUX_ASSERT(terms.window_bits >= 8 && terms.window_bits <= 15);
    FLUX_ASSERT(terms.window_was_asked || terms.window_bits == 15);
    std::string expected =
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    // Only who offered it understands client_max_window_bits, and nobody needs it.
    if (terms.window_was_asked)
        expected += "; server_max_window_bits=" + std::to_string(terms.window_bits);
    const std::string answer = terms.Answer();
    FLUX_ASSERT(answer == expected);
    FLUX_ASSERT(Same(Agree({answer}), terms));  // as an offer it says the same
}

void CheckExtensions(const Lines& lines) {
    const std::optional<DeflateTerms> terms = Agree(lines);
    const auto any_names = [&lines](std::string_view name) {
        return std::any_of(lines.begin(), lines.end(), [name](std::string_view line) {
            return line.find(name) != std::string_view::npos;
        });
    };
    FLUX_ASSERT(!terms || any_names("permessage-deflate"));
    FLUX_ASSERT(!terms || !terms->window_was_asked || any_names("server_max_window_bits"));
    if (terms) CheckAnswer(*terms);

    Lines after_another{"x-unknown; text=\"a, permessage-deflate;\""};
    after_another.insert(after_another.end(), lines.begin(), lines.end());
    FLUX_ASSERT(Same(Agree(after_another), terms));

    // Lines of one name are one list (RFC 9110, 5.3), where no quote is left open.
    std::string joined;
    for (const std::string_view line : lines) {
        if (std::count(line.begin(), line.end(), '"') % 2 != 0) return;
        joined += (joined.empty() ? "" : ", ") + std::string(line);
    }
    FLUX_ASSERT(Same(Agree({joined}), terms));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    const std::uint8_t first = input.Byte();
    HttpRequest request;
    request.method = first % 2 == 0 ? flux::net::Method::kGet : flux::net::Method::kPost;
    request.minor_version = first % 3 == 0 ? 0 : 1;
    for (const std::string_view name :
         {"Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key"}) {
        request.headers.emplace_back(name, input.Line());
    }
    CheckHandshake(request);

    Lines lines;
    while (!input.Rest().empty())
        lines.push_back(input.Line());
    CheckExtensions(lines);
    return 0;
}
