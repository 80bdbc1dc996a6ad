#include "net/client/tls_trust.h"

#include <boost/asio/ssl/context.hpp>

#include <unistd.h>
#include <utility>

namespace flux::net {
namespace {

namespace ssl = boost::asio::ssl;

std::unique_ptr<ssl::context> NewContext() {
    auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->set_verify_mode(ssl::verify_peer);
    return context;
}

}  // namespace

TlsTrust::TlsTrust(std::unique_ptr<ssl::context> context)
    : context_(std::move(context)) {}

TlsTrust::~TlsTrust() = default;

Result<std::shared_ptr<const TlsTrust>> TlsTrust::OfMachine() {
    auto context = NewContext();
    boost::system::error_code error;
    context->set_default_verify_paths(error);
    if (error) {
        return Error(
            ErrorCode::kUnavailable,
            Retry::kNever,
            "the machine's certificate authorities could not be loaded: " + error.message() +
                "; install the package ca-certificates"
        );
    }
    return std::make_shared<const TlsTrust>(std::move(context));
}

Result<std::shared_ptr<const TlsTrust>> TlsTrust::FromFile(const std::string& pem_file) {
    if (::access(pem_file.c_str(), R_OK) != 0) {
        return Error(
            ErrorCode::kNotFound,
            Retry::kNever,
            "the certificate file " + pem_file + " cannot be read; name an existing PEM file"
        );
    }
    auto context = NewContext();
    boost::system::error_code error;
    context->load_verify_file(pem_file, error);
    if (error) {
        return Error(
            ErrorCode::kBadInput,
            Retry::kNever,
            "the file " + pem_file + " holds no certificate that can be used: " + error.message() +
                "; it must be PEM"
        );
    }
    return std::make_shared<const TlsTrust>(std::move(context));
}

}  // namespace flux::net
