#include "net/tls_context.h"

#include <array>
#include <fmt/format.h>
#include <fstream>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string_view>

namespace flux::net {
namespace {

/// The first error of OpenSSL's queue in its own words; the queue is empty afterwards.
std::string Reason() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "it cannot be used" : reason;
}

Error Unusable(std::string_view what, const std::string& file) {
    if (!std::ifstream(file)) {
        return Error(
            ErrorCode::kNotFound,
            Retry::kNever,
            fmt::format("could not read the {} {}; check the path and its rights", what, file)
        );
    }
    return Error(
        ErrorCode::kBadInput,
        Retry::kNever,
        fmt::format("could not use the {} {}: {}; it must be PEM", what, file, Reason())
    );
}

/// HTTP/1.1 is all there is; a client that offers nothing known goes on without ALPN.
int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_bytes, const unsigned char* offered, unsigned int offered_bytes, void*) {
    static constexpr std::array<unsigned char, 9> kHttp11{
        8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* chosen = nullptr;
    const int found = SSL_select_next_proto(
        &chosen, out_bytes, kHttp11.data(), kHttp11.size(), offered, offered_bytes
    );
    if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

void Configure(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(
        context,
        SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
            SSL_OP_IGNORE_UNEXPECTED_EOF
    );
    // An idle connection gives its record buffers back.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    // One read takes one record, whatever it holds: a peer that sends no data cannot keep a shard.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_alpn_select_cb(context, &ChooseProtocol, nullptr);
}

}  // namespace

TlsContext::~TlsContext() {
    SSL_CTX_free(context_);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::Load(
    const std::string& cert_file, const std::string& key_file
) {
    ERR_clear_error();
    SSL_CTX* const raw = SSL_CTX_new(TLS_server_method());
    if (raw == nullptr) {
        return Error(ErrorCode::kInternal, Retry::kNever, "could not set TLS up: " + Reason());
    }
    auto context = std::make_shared<const TlsContext>(raw);
    Configure(raw);
    if (SSL_CTX_use_certificate_chain_file(raw, cert_file.c_str()) != 1) {
        return Unusable("certificate", cert_file);
    }
    if (SSL_CTX_use_PrivateKey_file(raw, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(raw) != 1) {
        return Unusable("key", key_file);
    }
    return context;
}

}  // namespace flux::net
