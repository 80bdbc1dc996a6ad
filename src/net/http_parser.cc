#include "net/http_parser.h"

#include "limits/limits.h"
#include "net/http_text.h"

#include <array>
#include <charconv>
#include <cstring>

namespace flux::net {
namespace {

constexpr HttpFault kHeadTooLong{
    431,
    "The request was refused: its head (request line and headers) is longer than this server "
    "accepts.\n"};
constexpr HttpFault kTooManyLines{
    431, "The request was refused: it has more header lines than this server accepts.\n"};
constexpr HttpFault kBareLineFeed{
    400, "The request was refused: a line of its head ends in LF without CR before it.\n"};
constexpr HttpFault kBadRequestLine{
    400, "The request was refused: its first line is not \"METHOD target HTTP/1.1\".\n"};
constexpr HttpFault kBadVersion{
    505, "The request was refused: this server speaks HTTP/1.1 and HTTP/1.0 only.\n"};
constexpr HttpFault kBadTarget{
    400, "The request was refused: its target holds characters that must be percent-encoded.\n"};
constexpr HttpFault kBadTargetForm{
    400, "The request was refused: its target is neither a path nor an http URL.\n"};
constexpr HttpFault kBadHeader{
    400, "The request was refused: a header line is not \"Name: value\" in allowed characters.\n"};
constexpr HttpFault kFoldedHeader{
    400, "The request was refused: a header is folded over several lines, which is obsolete.\n"};
constexpr HttpFault kBadLength{
    400, "The request was refused: its Content-Length is not one plain decimal number.\n"};
constexpr HttpFault kLengthAndChunked{
    400, "The request was refused: it has both Content-Length and Transfer-Encoding.\n"};
constexpr HttpFault kBadTransferEncoding{
    501, "The request was refused: the only Transfer-Encoding understood here is chunked.\n"};
constexpr HttpFault kOldTransferEncoding{
    400, "The request was refused: Transfer-Encoding does not exist in HTTP/1.0.\n"};
constexpr HttpFault kNoHost{400, "The request was refused: it needs exactly one Host header.\n"};
constexpr HttpFault kBadHost{
    400, "The request was refused: its Host header is not a host name or address.\n"};
constexpr HttpFault kBadExpect{
    417, "The request was refused: the only expectation met here is 100-continue.\n"};
constexpr HttpFault kBadChunk{400, "The request was refused: its chunked body is malformed.\n"};
constexpr HttpFault kChunkExtras{
    400, "The request was refused: its chunk extensions and trailers are too long.\n"};
constexpr HttpFault kBodyTooLarge{
    413, "The request was refused: its body is larger than this address accepts.\n"};

constexpr int kLengthDigitsMax = 18;
constexpr int kChunkSizeDigitsMax = 12;

/// One bit per class of characters (RFC 9110 5.6.2, 5.5 and RFC 3986).
enum CharacterClass : std::uint8_t { kToken = 1, kValue = 2, kTarget = 4, kHost = 8 };

consteval std::array<std::uint8_t, 256> MakeClasses() {
    std::array<std::uint8_t, 256> classes{};
    for (int c = 0; c < 256; ++c) {
        const bool alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const auto in = [c](std::string_view set) {
            return c < 128 && set.find(static_cast<char>(c)) != std::string_view::npos;
        };
        std::uint8_t bits = 0;
        if (alnum || (c != 0 && in("!#$%&'*+-.^_`|~"))) bits |= kToken;
        if (c == '\t' || (c >= 0x20 && c != 0x7f)) bits |= kValue;
        // Browsers leave | { } ^ ` and [ ] as they are; " < > \ and # never arrive unescaped.
        if (c > 0x20 && c < 0x7f && !in("\"<>\\#")) bits |= kTarget;
        if (alnum || (c != 0 && in("-._~:[]%"))) bits |= kHost;
        classes[static_cast<std::size_t>(c)] = bits;
    }
    return classes;
}

constexpr std::array<std::uint8_t, 256> kClasses = MakeClasses();

bool All(std::string_view text, CharacterClass wanted) {
    for (const char c : text) {
        if ((kClasses[static_cast<std::uint8_t>(c)] & wanted) == 0) return false;
    }
    return true;
}

Method MethodOf(std::string_view text) {
    constexpr std::pair<std::string_view, Method> kMethods[]{
        {"GET", Method::kGet},
        {"POST", Method::kPost},
        {"HEAD", Method::kHead},
        {"OPTIONS", Method::kOptions},
        {"PUT", Method::kPut},
        {"DELETE", Method::kDelete},
        {"PATCH", Method::kPatch}};
    for (const auto& [name, method] : kMethods) {
        if (name == text) return method;  // methods are case-sensitive
    }
    return Method::kOther;
}

/// Splits the target of an origin, absolute or asterisk form into path and query.
bool SplitTarget(HttpRequest& request) {
    std::string_view path = request.target;
    if (path.front() != '/') {
        const std::size_t scheme = path.find("://");
        if (scheme != std::string_view::npos) {
            const std::string_view name = path.substr(0, scheme);
            if (!EqualsIgnoringCase(name, "http") && !EqualsIgnoringCase(name, "https")) {
                return false;
            }
            const std::size_t start = path.find_first_of("/?", scheme + 3);
            path = start == std::string_view::npos ? std::string_view("/") : path.substr(start);
            if (path.front() == '?') return false;
        } else if (path != "*" || request.method != Method::kOptions) {
            return false;
        }
    }
    const std::size_t mark = path.find('?');
    request.path = path.substr(0, mark);
    request.query = mark == std::string_view::npos ? std::string_view() : path.substr(mark + 1);
    return true;
}

std::optional<HttpFault> ParseRequestLine(std::string_view line, HttpRequest& request) {
    const std::size_t first = line.find(' ');
    const std::size_t second = line.rfind(' ');
    if (first == std::string_view::npos || second == first) return kBadRequestLine;
    request.method_text = line.substr(0, first);
    request.target = line.substr(first + 1, second - first - 1);
    const std::string_view version = line.substr(second + 1);
    const std::size_t method_bytes = request.method_text.size();
    if (method_bytes == 0 || method_bytes > limits::kHttpMethodBytesMax ||
        !All(request.method_text, kToken)) {
        return kBadRequestLine;
    }
    if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.') {
        return kBadRequestLine;
    }
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return kBadVersion;
    request.minor_version = version[7] - '0';
    request.method = MethodOf(request.method_text);
    if (request.target.empty()) return kBadRequestLine;
    if (!All(request.target, kTarget)) return kBadTarget;
    if (!SplitTarget(request)) return kBadTargetForm;
    return std::nullopt;
}

std::optional<HttpFault> ParseHeaderLine(std::string_view line, HttpRequest& request) {
    if (line.front() == ' ' || line.front() == '\t') return kFoldedHeader;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return kBadHeader;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 1);
    if (!All(name, kToken) || !All(value, kValue)) return kBadHeader;
    request.headers.emplace_back(name, TrimBlanks(value));
    return std::nullopt;
}

/// What the headers that frame the message say, collected over all lines.
struct FramingHeaders {
    int hosts = 0;
    int lengths = 0;
    int encodings = 0;
    bool connection_close = false;
    bool connection_keep_alive = false;
};

std::optional<HttpFault> TakeFramingHeader(
    std::string_view name, std::string_view value, FramingHeaders& seen, RequestFraming& framing
) {
    if (EqualsIgnoringCase(name, "host")) {
        ++seen.hosts;
        if (!All(value, kHost)) return kBadHost;
    } else if (EqualsIgnoringCase(name, "content-length")) {
        const bool digits = !value.empty() && value.size() <= kLengthDigitsMax &&
                            value.find_first_not_of("0123456789") == std::string_view::npos;
        if (++seen.lengths > 1 || !digits) return kBadLength;
        std::from_chars(value.data(), value.data() + value.size(), framing.content_length);
    } else if (EqualsIgnoringCase(name, "transfer-encoding")) {
        if (++seen.encodings > 1 || !EqualsIgnoringCase(value, "chunked")) {
            return kBadTransferEncoding;
        }
        framing.chunked = true;
    } else if (EqualsIgnoringCase(name, "connection")) {
        seen.connection_close = seen.connection_close || ListHasToken(value, "close");
        seen.connection_keep_alive =
            seen.connection_keep_alive || ListHasToken(value, "keep-alive");
    } else if (EqualsIgnoringCase(name, "expect")) {
        if (!EqualsIgnoringCase(value, "100-continue")) return kBadExpect;
        framing.expects_continue = true;
    }
    return std::nullopt;
}

std::optional<HttpFault> ReadFraming(HttpRequest& request, RequestFraming& framing) {
    framing = RequestFraming{};
    FramingHeaders seen;
    for (const auto& [name, value] : request.headers) {
        if (const auto fault = TakeFramingHeader(name, value, seen, framing)) return fault;
    }
    const bool is_old = request.minor_version == 0;
    if (seen.hosts > 1 || (seen.hosts == 0 && !is_old)) return kNoHost;
    if (seen.encodings > 0 && seen.lengths > 0) return kLengthAndChunked;
    if (seen.encodings > 0 && is_old) return kOldTransferEncoding;
    if (is_old) framing.expects_continue = false;
    request.keep_alive = !seen.connection_close && (!is_old || seen.connection_keep_alive);
    return std::nullopt;
}

}  // namespace

HeadScanner::State HeadScanner::Refuse(HttpFault fault) {
    fault_ = fault;
    return State::kFault;
}

HeadScanner::State HeadScanner::Scan(std::string_view input, const HeadBounds& bounds) {
    const std::string_view window = input.substr(0, bounds.bytes_max);
    while (scanned_ < window.size()) {
        const void* const found =
            std::memchr(window.data() + scanned_, '\n', window.size() - scanned_);
        if (found == nullptr) {
            scanned_ = window.size();
            break;
        }
        const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - window.data());
        scanned_ = at + 1;
        if (at == line_start_ || window[at - 1] != '\r') return Refuse(kBareLineFeed);
        const bool empty_line = at == line_start_ + 1;
        if (empty_line) {
            head_bytes_ = at + 1;
            return State::kComplete;
        }
        line_start_ = at + 1;
        if (++lines_ > bounds.lines_max + 1) return Refuse(kTooManyLines);
    }
    return input.size() >= bounds.bytes_max ? Refuse(kHeadTooLong) : State::kNeedMore;
}

std::optional<HttpFault> ParseHead(
    std::string_view head, HttpRequest& request, RequestFraming& framing
) {
    request.headers.clear();
    request.body = {};
    std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return kBadRequestLine;
    if (const auto fault = ParseRequestLine(head.substr(0, end), request)) return fault;
    for (;;) {
        head.remove_prefix(end + 2);
        end = head.find("\r\n");
        if (end == std::string_view::npos) return kBadHeader;
        if (end == 0) break;
        if (const auto fault = ParseHeaderLine(head.substr(0, end), request)) return fault;
    }
    return ReadFraming(request, framing);
}

ChunkedDecoder::State ChunkedDecoder::Refuse(HttpFault fault) {
    fault_ = fault;
    return State::kFault;
}

bool ChunkedDecoder::Expect(char c, char expected, Step next) {
    if (c != expected) {
        fault_ = kBadChunk;
        return false;
    }
    step_ = next;
    return true;
}

bool ChunkedDecoder::TakeSizeCharacter(char c, std::size_t body_bytes) {
    const char lower = ToLower(c);
    const bool digit = c >= '0' && c <= '9';
    if (digit || (lower >= 'a' && lower <= 'f')) {
        if (++size_digits_ > kChunkSizeDigitsMax) {
            fault_ = kBadChunk;
            return false;
        }
        chunk_left_ =
            chunk_left_ * 16 + static_cast<std::size_t>(digit ? c - '0' : lower - 'a' + 10);
        if (chunk_left_ > body_bytes_max_ || chunk_left_ + body_bytes > body_bytes_max_) {
            fault_ = kBodyTooLarge;
            return false;
        }
        return true;
    }
    line_bytes_ = 0;
    if (size_digits_ > 0 && c == ';') {
        step_ = Step::kExtension;
        return true;
    }
    return Expect(size_digits_ > 0 ? c : '\0', '\r', Step::kSizeLineFeed);
}

/// A character of a chunk extension or of a trailer line: both are read past, within bounds.
bool ChunkedDecoder::TakeLineCharacter(char c) {
    const bool in_trailer = step_ == Step::kTrailer;
    if (c == '\r') {
        step_ = in_trailer ? Step::kTrailerLineFeed : Step::kSizeLineFeed;
        return true;
    }
    ++line_bytes_;
    if (++extra_bytes_ > limits::kChunkExtraBytesMax) {
        fault_ = kChunkExtras;
        return false;
    }
    const bool folded = in_trailer && line_bytes_ == 1 && (c == ' ' || c == '\t');
    if (folded || (kClasses[static_cast<std::uint8_t>(c)] & kValue) == 0) {
        fault_ = kBadChunk;
        return false;
    }
    return true;
}

bool ChunkedDecoder::TakeCharacter(char c, std::size_t body_bytes) {
    switch (step_) {
        case Step::kSize:
            return TakeSizeCharacter(c, body_bytes);
        case Step::kExtension:
        case Step::kTrailer:
            return TakeLineCharacter(c);
        case Step::kSizeLineFeed:
            line_bytes_ = 0;
            return Expect(c, '\n', chunk_left_ == 0 ? Step::kTrailer : Step::kData);
        case Step::kDataReturn:
            return Expect(c, '\r', Step::kDataLineFeed);
        case Step::kDataLineFeed:
            size_digits_ = 0;
            return Expect(c, '\n', Step::kSize);
        case Step::kTrailerLineFeed: {
            const bool last = line_bytes_ == 0;
            line_bytes_ = 0;
            return Expect(c, '\n', last ? Step::kDone : Step::kTrailer);
        }
        case Step::kData:
        case Step::kDone:
            break;
    }
    return false;
}

ChunkedDecoder::State ChunkedDecoder::Decode(std::string_view& input, std::string& body) {
    while (!input.empty() && step_ != Step::kDone) {
        if (step_ == Step::kData) {
            const std::string_view data = input.substr(0, chunk_left_);
            body += data;
            input.remove_prefix(data.size());
            chunk_left_ -= data.size();
            if (chunk_left_ == 0) step_ = Step::kDataReturn;
            continue;
        }
        const char c = input.front();
        input.remove_prefix(1);
        if (!TakeCharacter(c, body.size())) return Refuse(fault_);
    }
    return step_ == Step::kDone ? State::kComplete : State::kNeedMore;
}

}  // namespace flux::net
