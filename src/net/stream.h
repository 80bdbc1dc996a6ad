// The byte stream of one connection.
#pragma once

#include "net/io.h"
#include "net/tls_session.h"

#include <cstddef>
#include <memory>
#include <span>
#include <sys/uio.h>
#include <utility>

namespace flux::net {

/// Owns a connected, non-blocking socket, in the clear or under TLS. HTTP and WebSocket touch a
/// socket through these calls alone. Movable. Thread: one at a time.
class Stream {
public:
    Stream() = default;
    explicit Stream(int descriptor)
        : descriptor_(descriptor) {}
    /// Under TLS, as the server.
    Stream(int descriptor, std::shared_ptr<const TlsContext> tls)
        : descriptor_(descriptor),
          tls_(std::make_unique<TlsSession>(std::move(tls), descriptor)) {}
    Stream(Stream&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)),
          wants_write_(other.wants_write_),
          tls_(std::move(other.tls_)) {}
    Stream& operator=(Stream&& other) noexcept;
    ~Stream();

    int descriptor() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }

    /// One read. What is not taken now, the poller tells of again. Under TLS `into` has at least
    /// TlsSession::kRecordBytes, and a handshake may leave WantsWrite().
    IoOutcome Read(std::span<char> into);

    /// One gathered write. Fewer bytes than given may be taken; then WantsWrite() holds.
    IoOutcome Write(std::span<const iovec> parts);

    /// The stream waits for the socket to take bytes: the last Write came up short, or was taken
    /// and not yet sent (TLS).
    bool WantsWrite() const { return wants_write_; }

    /// Sends what was taken and not yet sent. False while some of it waits, or when it broke.
    bool Flush();

    bool encrypted() const { return tls_ != nullptr; }

    /// The two sides have not agreed on their keys yet.
    bool in_handshake() const { return tls_ != nullptr && tls_->InHandshake(); }

    /// Tells the peer that no more bytes follow.
    void ShutdownWrite();

    void Close();

private:
    int descriptor_ = -1;
    bool wants_write_ = false;
    std::unique_ptr<TlsSession> tls_;
};

}  // namespace flux::net
