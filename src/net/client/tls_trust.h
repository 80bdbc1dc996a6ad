// Whose certificates a client believes.
#pragma once

#include "base/result.h"

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace flux::net {

/// The certificate authorities a client trusts, loaded once and shared by its connections. TLS 1.2
/// and newer; every peer must show a certificate for the host of its URL. Thread: any once loaded.
class TlsTrust {
public:
    /// The authorities of the machine (Debian: ca-certificates). Errors: kUnavailable.
    static Result<std::shared_ptr<const TlsTrust>> OfMachine();

    /// Those of one PEM file instead. Errors: kNotFound, kBadInput.
    static Result<std::shared_ptr<const TlsTrust>> FromFile(const std::string& pem_file);

    /// Those of the file that a setting names, or of the machine where it is empty. Errors: of
    /// both.
    static Result<std::shared_ptr<const TlsTrust>> Of(const std::string& ca_file) {
        return ca_file.empty() ? OfMachine() : FromFile(ca_file);
    }

    explicit TlsTrust(std::unique_ptr<boost::asio::ssl::context> context);
    TlsTrust(const TlsTrust&) = delete;
    TlsTrust& operator=(const TlsTrust&) = delete;
    ~TlsTrust();

    boost::asio::ssl::context& context() const { return *context_; }

private:
    std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace flux::net
