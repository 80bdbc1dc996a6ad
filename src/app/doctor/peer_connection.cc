#include "app/doctor/peer_connection.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace flux::app::doctor {
namespace {

Error Failed(ErrorCode code, std::string reason) {
    return Error(code, Retry::kLater, std::move(reason));
}

Milliseconds Left(SteadyTime until) {
    const auto left = std::chrono::ceil<Milliseconds>(until - SystemClock::Instance().Now());
    return std::max(left, Milliseconds(0));
}

/// A question to the resolver, which may outlive whoever asked it.
struct NameQuestion {
    std::string host;
    std::string port;
    addrinfo hints{};
    gaicb request{};
};

/// Questions that were given up and could not be taken back: the resolver still writes to them.
std::vector<std::unique_ptr<NameQuestion>>& GivenUp() {
    static std::vector<std::unique_ptr<NameQuestion>> questions;
    return questions;
}

std::string TlsReason() {
    std::array<char, 256> text{};
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "the peer closed the connection during the handshake";
    if (const char* reason = ERR_reason_error_string(code)) return reason;
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

bool IsAddress(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

PeerAddress PeerAddress::Parse(std::string_view text) {
    PeerAddress address;
    const std::size_t colon = text.rfind(':');
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    address.host = host;
    if (colon != std::string_view::npos) address.port = text.substr(colon + 1);
    return address;
}

std::string PeerAddress::text() const {
    const bool v6 = host.find(':') != std::string::npos;
    return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

PeerConnection::Addresses::Addresses(addrinfo* first)
    : first_(first) {}

void PeerConnection::Addresses::Free::operator()(addrinfo* first) const {
    ::freeaddrinfo(first);
}

Result<PeerConnection::Addresses> PeerConnection::Resolve(
    const PeerAddress& address, SteadyTime until
) {
    auto question = std::make_unique<NameQuestion>();
    question->host = address.host;
    question->port = address.port;
    question->hints.ai_socktype = SOCK_STREAM;
    question->request.ar_name = question->host.c_str();
    question->request.ar_service = question->port.c_str();
    question->request.ar_request = &question->hints;
    std::array<gaicb*, 1> requests{&question->request};
    if (const int error = ::getaddrinfo_a(GAI_NOWAIT, requests.data(), 1, nullptr); error != 0)
        return Failed(ErrorCode::kNotFound, ::gai_strerror(error));
    const std::array<const gaicb*, 1> waited{&question->request};
    while (::gai_error(&question->request) == EAI_INPROGRESS && Left(until).count() > 0) {
        timespec left{};
        left.tv_sec = static_cast<time_t>(Left(until).count() / 1000);
        left.tv_nsec = static_cast<long>(Left(until).count() % 1000 * 1'000'000);
        ::gai_suspend(waited.data(), 1, &left);
    }
    const int outcome = ::gai_error(&question->request);
    if (outcome == 0) return Addresses(question->request.ar_result);
    if (outcome != EAI_INPROGRESS) return Failed(ErrorCode::kNotFound, ::gai_strerror(outcome));
    if (::gai_cancel(&question->request) != EAI_CANCELED) GivenUp().push_back(std::move(question));
    return Failed(ErrorCode::kTimeout, "the name service does not answer");
}

Result<PeerConnection> PeerConnection::Connect(const Addresses& addresses, SteadyTime until) {
    Error last = Failed(ErrorCode::kUnavailable, "it has no address");
    for (const addrinfo* one = addresses.first(); one != nullptr; one = one->ai_next) {
        const int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
        const int descriptor = ::socket(one->ai_family, type, 0);
        if (descriptor < 0) {
            last = Failed(ErrorCode::kUnavailable, std::strerror(errno));
            continue;
        }
        PeerConnection connection(descriptor);
        int failure = ::connect(descriptor, one->ai_addr, one->ai_addrlen) == 0 ? 0 : errno;
        if (failure == EINPROGRESS) {
            const Result<void> answered = connection.Wait(POLLOUT, until);
            if (!answered) {
                last = answered.error();
                continue;
            }
            socklen_t size = sizeof failure;
            ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size);
        }
        if (failure == 0) return connection;
        last = Failed(ErrorCode::kUnavailable, std::strerror(failure));
    }
    return last;
}

PeerConnection::PeerConnection(PeerConnection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      context_(std::exchange(other.context_, nullptr)),
      tls_(std::exchange(other.tls_, nullptr)) {}

PeerConnection::~PeerConnection() {
    SSL_free(tls_);
    SSL_CTX_free(context_);
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> PeerConnection::Wait(short events, SteadyTime until) const {
    for (;;) {
        const Milliseconds left = Left(until);
        pollfd wanted{.fd = descriptor_, .events = events, .revents = 0};
        const int ready = ::poll(&wanted, 1, static_cast<int>(left.count()));
        if (ready > 0) return {};
        if (left.count() == 0) return Failed(ErrorCode::kTimeout, "no answer in time");
    }
}

Result<void> PeerConnection::LoadFiles(const PeerTls& files) {
    const auto refused = [](const std::string& file) {
        return Failed(ErrorCode::kBadInput, fmt::format("{}: {}", file, TlsReason()));
    };
    const int authorities =
        files.ca_file.empty()
            ? SSL_CTX_set_default_verify_paths(context_)
            : SSL_CTX_load_verify_locations(context_, files.ca_file.c_str(), nullptr);
    if (authorities != 1) return refused(files.ca_file);
    if (files.certificate_file.empty()) return {};
    if (SSL_CTX_use_certificate_chain_file(context_, files.certificate_file.c_str()) != 1)
        return refused(files.certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context_, files.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        return refused(files.key_file);
    return {};
}

Result<void> PeerConnection::StartTls(
    const PeerTls& files, const std::string& host, SteadyTime until
) {
    ERR_clear_error();
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    if (Result<void> loaded = LoadFiles(files); !loaded) return loaded;
    tls_ = SSL_new(context_);
    SSL_set_fd(tls_, descriptor_);
    if (IsAddress(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_), host.c_str());
    } else {
        SSL_set_tlsext_host_name(tls_, host.c_str());
        SSL_set1_host(tls_, host.c_str());
    }
    return Handshake(until);
}

Result<void> PeerConnection::Handshake(SteadyTime until) {
    for (;;) {
        ERR_clear_error();
        const int done = SSL_connect(tls_);
        if (done == 1) return {};
        const int wants = SSL_get_error(tls_, done);
        if (wants == SSL_ERROR_WANT_READ || wants == SSL_ERROR_WANT_WRITE) {
            const Result<void> ready = WaitForTls(done, until);
            if (!ready) return ready.error();
            continue;
        }
        const long verified = SSL_get_verify_result(tls_);
        if (verified != X509_V_OK) {
            return Failed(ErrorCode::kPermission, X509_verify_cert_error_string(verified));
        }
        return Failed(ErrorCode::kUnavailable, TlsReason());
    }
}

Result<void> PeerConnection::WaitForTls(int done, SteadyTime until) const {
    switch (SSL_get_error(tls_, done)) {
        case SSL_ERROR_WANT_READ:
            return Wait(POLLIN, until);
        case SSL_ERROR_WANT_WRITE:
            return Wait(POLLOUT, until);
        default:
            return Failed(ErrorCode::kClosed, "the peer closed the connection");
    }
}

Result<void> PeerConnection::Send(std::string_view bytes, SteadyTime until) {
    while (!bytes.empty()) {
        const int sent =
            tls_ != nullptr
                ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                : static_cast<int>(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (tls_ == nullptr && errno != EAGAIN)
            return Failed(ErrorCode::kClosed, std::strerror(errno));
        const Result<void> ready = tls_ != nullptr ? WaitForTls(sent, until) : Wait(POLLOUT, until);
        if (!ready) return ready;
    }
    return {};
}

Result<std::string> PeerConnection::Receive(std::size_t size, SteadyTime until) {
    if (size > kReceiveMax) return Failed(ErrorCode::kTooLarge, "the answer is too long");
    std::string bytes;
    std::array<char, 16 * 1024> chunk{};
    while (bytes.size() < size) {
        const std::size_t wanted = std::min(chunk.size(), size - bytes.size());
        const int got = tls_ != nullptr
                            ? SSL_read(tls_, chunk.data(), static_cast<int>(wanted))
                            : static_cast<int>(::recv(descriptor_, chunk.data(), wanted, 0));
        if (got > 0) {
            bytes.append(chunk.data(), static_cast<std::size_t>(got));
            continue;
        }
        if (tls_ == nullptr && (got == 0 || errno != EAGAIN))
            return Failed(ErrorCode::kClosed, "the peer closed the connection");
        const Result<void> ready = tls_ != nullptr ? WaitForTls(got, until) : Wait(POLLIN, until);
        if (!ready) return ready.error();
    }
    return bytes;
}

}  // namespace flux::app::doctor
