// A plain connection to a server: bytes out, bytes in, with TLS where it is wanted.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "net/client/tls_trust.h"
#include "runtime/task.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace flux::net {

struct ByteStreamOptions {
    std::string host;  ///< a name, or an address without brackets
    std::uint16_t port = 0;
    bool tls = false;
    std::shared_ptr<const TlsTrust> trust;  ///< for tls; null: the machine's authorities
};

/// One connection for protocols that HTTP and WebSocket do not cover. One Read and one Write may
/// wait at the same time. Thread: the shard it was made on. Destroying it closes the socket;
/// nothing may be waiting then.
class ByteStream {
public:
    explicit ByteStream(ByteStreamOptions options);
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;
    ~ByteStream();

    /// Everything from now on must end within `time_max`, or the connection is closed.
    void SetDeadline(Milliseconds time_max);
    void ClearDeadline();

    /// Resolves, connects, shakes hands. Call once, after SetDeadline. Errors: kUnavailable,
    /// kTimeout, kClosed (called off).
    Task<Result<void>> Open();

    /// At least one byte, as many as are there and fit. Errors: kUnavailable (lost, or closed by
    /// the peer), kTimeout, kClosed.
    Task<Result<std::size_t>> Read(std::span<char> into);

    /// All of `bytes`, which must stay until it returns. Errors: as Read.
    Task<Result<void>> Write(std::string_view bytes);

    /// Closes the socket now; whatever waits ends with an error. Idempotent.
    void Abort();

    /// host:port, for sentences.
    const std::string& peer() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace flux::net
