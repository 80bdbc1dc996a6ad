#include "net/websocket_handshake.h"

#include "base/assert.h"
#include "net/http_text.h"

#include <array>
#include <openssl/evp.h>

namespace flux::net {
namespace {

constexpr std::string_view kKeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kKeyBytes = 24;  // 16 random bytes in base64
constexpr std::size_t kSha1Bytes = 20;

bool IsKey(std::string_view key) {
    if (key.size() != kKeyBytes || !key.ends_with("==")) return false;
    for (const char c : key.substr(0, kKeyBytes - 2)) {
        const bool alnum = (c >= '0' && c <= '9') || (ToLower(c) >= 'a' && ToLower(c) <= 'z');
        if (!alnum && c != '+' && c != '/') return false;
    }
    return true;
}

HttpResponse BadHandshake(std::string_view sentence) {
    HttpResponse response = HttpResponse::Text(400, sentence);
    response.close = true;
    return response;
}

/// Whether any header line of that name lists `token`.
bool AnyListHasToken(
    const HttpRequest& request, std::string_view header_name, std::string_view token
) {
    for (const auto& [name, value] : request.headers) {
        if (EqualsIgnoringCase(name, header_name) && ListHasToken(value, token)) return true;
    }
    return false;
}

}  // namespace

std::optional<HttpResponse> RefuseHandshake(const HttpRequest& request) {
    if (request.method != Method::kGet || request.minor_version < 1) {
        return BadHandshake("A WebSocket opens with a GET request of HTTP/1.1.\n");
    }
    if (!AnyListHasToken(request, "upgrade", "websocket") ||
        !AnyListHasToken(request, "connection", "upgrade")) {
        HttpResponse response = HttpResponse::Text(
            426,
            "A WebSocket opens with the headers Upgrade: websocket and Connection: Upgrade; a "
            "proxy "
            "in between must pass them on.\n"
        );
        response.headers.emplace_back("Upgrade", "websocket");
        response.close = true;
        return response;
    }
    if (request.Header("sec-websocket-version") != "13") {
        HttpResponse response =
            HttpResponse::Text(426, "This server speaks WebSocket version 13 only.\n");
        response.headers.emplace_back("Upgrade", "websocket");
        response.headers.emplace_back("Sec-WebSocket-Version", "13");
        response.close = true;
        return response;
    }
    if (!IsKey(request.Header("sec-websocket-key"))) {
        return BadHandshake("Sec-WebSocket-Key must be 16 bytes in base64.\n");
    }
    return std::nullopt;
}

std::string SwitchingHead(const HttpRequest& request, const std::optional<DeflateTerms>& deflate) {
    std::string head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
    head += AcceptKey(request.Header("sec-websocket-key"));
    if (deflate) head += "\r\nSec-WebSocket-Extensions: " + deflate->Answer();
    return head + "\r\n\r\n";
}

std::string AcceptKey(std::string_view key) {
    std::string text(key);
    text += kKeySuffix;
    std::array<unsigned char, kSha1Bytes> digest{};
    unsigned int digest_bytes = 0;
    const int done =
        ::EVP_Digest(text.data(), text.size(), digest.data(), &digest_bytes, ::EVP_sha1(), nullptr);
    FLUX_ASSERT(done == 1 && digest_bytes == digest.size());
    std::array<unsigned char, 4 * ((kSha1Bytes + 2) / 3) + 1> encoded{};
    const int encoded_bytes = ::EVP_EncodeBlock(encoded.data(), digest.data(), kSha1Bytes);
    return std::string(
        reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(encoded_bytes)
    );
}

}  // namespace flux::net
