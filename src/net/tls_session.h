// One connection's TLS, between its socket and whoever reads and writes.
#pragma once

#include "net/io.h"
#include "net/tls_context.h"

#include <memory>
#include <span>
#include <string>
#include <sys/uio.h>

struct ssl_st;  // OpenSSL's SSL
struct bio_st;

namespace flux::net {

/// The server's side of a TLS connection on a non-blocking socket. The handshake happens inside the
/// first reads.
///
/// What was encrypted has been taken: bytes the socket had no room for are held here, one record at
/// most beside what the protocol itself has to answer (limits::kTlsHeldBytesMax together, or the
/// connection breaks), and are sent before anything else. So the caller may change its mind
/// about everything that was not taken, which OpenSSL alone would not allow.
///
/// Thread: one at a time.
class TlsSession {
public:
    TlsSession(std::shared_ptr<const TlsContext> context, int descriptor);
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;
    ~TlsSession();

    /// Fills `into`, which has at least kRecordBytes, with what has arrived; never leaves a part of
    /// a record behind, so the poller tells of all that is left.
    IoOutcome Read(std::span<char> into);

    /// Takes whole records' worth of `parts` while the socket has room.
    IoOutcome Write(std::span<const iovec> parts);

    /// Sends what is held. False when some of it still is, or the connection is broken.
    bool Flush();

    bool InHandshake() const;

    /// Whether bytes wait for the socket to have room.
    bool HoldsBytes() const { return !held_.empty(); }

    /// Says goodbye (close_notify) and ends the sending side, behind what is held.
    void ShutdownWrite();

    static constexpr std::size_t kRecordBytes = 16 * 1024;

private:
    friend struct TlsBio;

    int TakeCiphertext(const char* data, int bytes);
    IoOutcome ReadFailed(std::size_t already, int result);

    std::shared_ptr<const TlsContext> context_;
    ssl_st* ssl_;
    int descriptor_;
    bool broken_ = false;
    bool saying_goodbye_ = false;
    std::string held_;  // ciphertext
};

}  // namespace flux::net
