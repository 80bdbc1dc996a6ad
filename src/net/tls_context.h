// The certificate a listener shows.
#pragma once

#include "base/result.h"

#include <memory>
#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace flux::net {

/// A certificate chain with its key, loaded once and shared by the connections that were accepted
/// with it. TLS 1.2 and newer, HTTP/1.1 alone (ALPN). Thread: any once loaded.
class TlsContext {
public:
    /// Reads both PEM files; the chain begins with the server's own certificate. Errors: kNotFound,
    /// kBadInput (not PEM, or a key that is not the certificate's), naming the file.
    static Result<std::shared_ptr<const TlsContext>> Load(
        const std::string& cert_file, const std::string& key_file
    );

    explicit TlsContext(ssl_ctx_st* context)
        : context_(context) {}
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();

    ssl_ctx_st* get() const { return context_; }

private:
    ssl_ctx_st* context_;
};

}  // namespace flux::net
