// The byte stream of one connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/uio.h>

namespace flux::net {

enum class IoStatus : std::uint8_t {
    kOk,       ///< went as far as the socket allowed; a short count is no fault
    kBlocked,  ///< nothing now: wait for the poller
    kEnd,      ///< the peer has sent its last byte (Read only)
    kBroken    ///< reset or failed: the connection is over
};

struct IoOutcome {
    std::size_t bytes = 0;
    IoStatus status = IoStatus::kOk;
};

/// Owns a connected, non-blocking socket. HTTP and WebSocket touch a socket through these calls
/// alone, so an encrypted stream can stand here without either noticing. Movable. Thread: one at a
/// time.
class Stream {
public:
    Stream() = default;
    explicit Stream(int descriptor)
        : descriptor_(descriptor) {}
    Stream(Stream&& other) noexcept
        : descriptor_(other.descriptor_),
          wants_write_(other.wants_write_) {
        other.descriptor_ = -1;
    }
    Stream& operator=(Stream&& other) noexcept;
    ~Stream();

    int descriptor() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }

    /// One read. A count below the size of `into` means the socket is empty for now.
    IoOutcome Read(std::span<char> into);

    /// One gathered write. Fewer bytes than given may be taken; then WantsWrite() holds.
    IoOutcome Write(std::span<const iovec> parts);

    /// The stream waits for the socket to take bytes: the last Write came up short.
    bool WantsWrite() const { return wants_write_; }

    /// Tells the peer that no more bytes follow.
    void ShutdownWrite();

    void Close();

private:
    int descriptor_ = -1;
    bool wants_write_ = false;
};

}  // namespace flux::net
