// Reads HTTP/1.1 requests strictly: what is not exactly right is refused, never guessed at, so that
// no proxy in front can understand a request differently (request smuggling).
#pragma once

#include "limits/limits.h"
#include "net/http.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flux::net {

/// Why a request is refused: the status to answer and the sentence to say. The text is static.
struct HttpFault {
    int status;
    std::string_view sentence;
};

/// How large the head of a request may be.
struct HeadBounds {
    std::size_t bytes_max = limits::kHttpHeadBytesMax;
    std::size_t lines_max = limits::kHttpHeaderLinesMax;  ///< the request line not counted
};

/// Finds the end of a request's head as its bytes arrive, looking at each byte once, and refuses
/// early what can never become a head. Value type.
class HeadScanner {
public:
    /// `input` begins at the request's first byte and holds all that came so far; it only grows
    /// between calls. `bounds` are the same in each.
    enum class State : std::uint8_t { kNeedMore, kComplete, kFault };
    State Scan(std::string_view input, const HeadBounds& bounds = {});

    std::size_t head_bytes() const {
        return head_bytes_;
    }                                                  ///< after kComplete: with the empty line
    const HttpFault& fault() const { return fault_; }  ///< after kFault

private:
    State Refuse(HttpFault fault);

    std::size_t scanned_ = 0;
    std::size_t line_start_ = 0;
    std::size_t lines_ = 0;
    std::size_t head_bytes_ = 0;
    HttpFault fault_{0, {}};
};

/// How the body of a request is delimited and what the client expects.
struct RequestFraming {
    bool chunked = false;
    std::size_t content_length = 0;
    bool expects_continue = false;

    bool has_body() const { return chunked || content_length > 0; }
};

/// Parses a complete head (from its first byte to the empty line) into `request`, whose views point
/// into `head`. Peer, client and secure are left alone. Returns the fault when it is refused.
std::optional<HttpFault> ParseHead(
    std::string_view head, HttpRequest& request, RequestFraming& framing
);

/// Decodes a chunked body as its bytes arrive. Thread: one at a time.
class ChunkedDecoder {
public:
    explicit ChunkedDecoder(std::size_t body_bytes_max)
        : body_bytes_max_(body_bytes_max) {}

    enum class State : std::uint8_t { kNeedMore, kComplete, kFault };

    /// Takes bytes from the front of `input` and appends the decoded ones to `body`. After
    /// kComplete what is left of `input` belongs to the next request.
    State Decode(std::string_view& input, std::string& body);

    const HttpFault& fault() const { return fault_; }  ///< after kFault

private:
    enum class Step : std::uint8_t {
        kSize,
        kExtension,
        kSizeLineFeed,
        kData,
        kDataReturn,
        kDataLineFeed,
        kTrailer,
        kTrailerLineFeed,
        kDone
    };
    State Refuse(HttpFault fault);
    bool TakeSizeCharacter(char c, std::size_t body_bytes);
    bool TakeLineCharacter(char c);
    bool TakeCharacter(char c, std::size_t body_bytes);
    bool Expect(char c, char expected, Step next);

    const std::size_t body_bytes_max_;
    Step step_ = Step::kSize;
    int size_digits_ = 0;
    std::size_t chunk_left_ = 0;
    std::size_t line_bytes_ = 0;   // of the extension, or of this trailer line
    std::size_t extra_bytes_ = 0;  // extensions and trailers so far
    HttpFault fault_{0, {}};
};

}  // namespace flux::net
