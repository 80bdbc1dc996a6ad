// A connection for a few questions, each with a deadline.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct addrinfo;  // NOLINT(readability-identifier-naming): POSIX's name
struct ssl_ctx_st;
struct ssl_st;

namespace flux::app::doctor {

/// "host:port", "[::1]:port".
struct PeerAddress {
    std::string host;  ///< a name or an address, without brackets
    std::string port;

    static PeerAddress Parse(std::string_view text);
    std::string text() const;
};

/// Files (PEM) as the settings name them; empty: the system's authorities, no certificate.
struct PeerTls {
    std::string ca_file;
    std::string certificate_file;
    std::string key_file;
};

/// TCP, with TLS on top when it was started. Errors are reasons without a subject ("Connection
/// refused"): who asks knows the rest. Movable. Thread: one at a time; blocks, never beyond
/// `until`.
class PeerConnection {
public:
    /// What a name stands for.
    class Addresses {
    public:
        explicit Addresses(addrinfo* first);
        const addrinfo* first() const { return first_.get(); }

    private:
        struct Free {
            void operator()(addrinfo* first) const;
        };
        std::unique_ptr<addrinfo, Free> first_;
    };

    /// Errors: kNotFound (no such name), kTimeout.
    static Result<Addresses> Resolve(const PeerAddress& address, SteadyTime until);

    /// Tries one address after the other. Errors: kUnavailable (the last one's reason), kTimeout.
    static Result<PeerConnection> Connect(const Addresses& addresses, SteadyTime until);

    PeerConnection(PeerConnection&& other) noexcept;
    PeerConnection& operator=(PeerConnection&& other) = delete;
    ~PeerConnection();

    /// Checks the certificate and that it is `host`'s. Errors: kBadInput (a file of ours),
    /// kPermission (the peer's certificate is not believed), kUnavailable (no TLS there, or the
    /// peer refuses ours), kTimeout.
    Result<void> StartTls(const PeerTls& files, const std::string& host, SteadyTime until);

    /// Errors: kClosed, kTimeout.
    Result<void> Send(std::string_view bytes, SteadyTime until);

    /// Exactly `size` bytes, at most kReceiveMax. Errors: kClosed, kTimeout, kTooLarge.
    Result<std::string> Receive(std::size_t size, SteadyTime until);

    static constexpr std::size_t kReceiveMax = 16'000'000;

private:
    explicit PeerConnection(int descriptor)
        : descriptor_(descriptor) {}
    Result<void> LoadFiles(const PeerTls& files);
    Result<void> Handshake(SteadyTime until);
    Result<void> Wait(short events, SteadyTime until) const;
    /// What OpenSSL needs before `done` can be tried again. Errors: kClosed, kTimeout.
    Result<void> WaitForTls(int done, SteadyTime until) const;

    int descriptor_ = -1;
    ssl_ctx_st* context_ = nullptr;
    ssl_st* tls_ = nullptr;
};

}  // namespace flux::app::doctor
