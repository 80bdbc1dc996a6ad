#include "net/tls_session.h"

#include "base/assert.h"
#include "limits/limits.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <utility>

namespace flux::net {
namespace {

bool IsLater(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

/// OpenSSL's view of the socket: it reads from it directly, and writes never block.
struct TlsBio {
    static TlsSession& Of(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

    static int Read(BIO* bio, char* into, int bytes) {
        BIO_clear_retry_flags(bio);
        const ssize_t got =
            ::recv(Of(bio).descriptor_, into, static_cast<std::size_t>(bytes), MSG_DONTWAIT);
        if (got < 0 && IsLater(errno)) BIO_set_retry_read(bio);
        return static_cast<int>(got);
    }

    static int Write(BIO* bio, const char* data, int bytes) {
        BIO_clear_retry_flags(bio);
        return Of(bio).TakeCiphertext(data, bytes);
    }

    static long Control(BIO*, int command, long, void*) {
        return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
    }

    static BIO_METHOD* Method() {
        static BIO_METHOD* const method = [] {
            BIO_METHOD* made =
                BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "flux socket");
            BIO_meth_set_read(made, &Read);
            BIO_meth_set_write(made, &Write);
            BIO_meth_set_ctrl(made, &Control);
            return made;
        }();
        return method;
    }
};

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, int descriptor)
    : context_(std::move(context)),
      ssl_(SSL_new(context_->get())),
      descriptor_(descriptor) {
    FLUX_ASSERT(ssl_ != nullptr);
    BIO* const bio = BIO_new(TlsBio::Method());
    FLUX_ASSERT(bio != nullptr);
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_accept_state(ssl_);
}

TlsSession::~TlsSession() {
    SSL_free(ssl_);
}

/// Everything is taken: what the socket has no room for is held, up to a bound.
int TlsSession::TakeCiphertext(const char* data, int bytes) {
    if (broken_) return -1;
    std::size_t sent = 0;
    const auto wanted = static_cast<std::size_t>(bytes);
    if (held_.empty()) {
        const ssize_t taken = ::send(descriptor_, data, wanted, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken < 0 && !IsLater(errno)) {
            broken_ = true;
            return -1;
        }
        if (taken > 0) sent = static_cast<std::size_t>(taken);
    }
    // More than a record and a handshake's flight: the peer makes us answer (KeyUpdate) and does
    // not read.
    if (held_.size() + wanted - sent > limits::kTlsHeldBytesMax) {
        broken_ = true;
        return -1;
    }
    if (sent < wanted) held_.append(data + sent, wanted - sent);
    return bytes;
}

IoOutcome TlsSession::Read(std::span<char> into) {
    FLUX_ASSERT(into.size() >= kRecordBytes);
    if (broken_) return {0, IoStatus::kBroken};
    std::size_t total = 0;
    while (into.size() - total >= kRecordBytes) {
        ERR_clear_error();
        const int got = SSL_read(ssl_, into.data() + total, static_cast<int>(into.size() - total));
        if (got <= 0) return ReadFailed(total, got);
        total += static_cast<std::size_t>(got);
    }
    return {total, IoStatus::kOk};
}

IoOutcome TlsSession::ReadFailed(std::size_t already, int result) {
    IoStatus status = IoStatus::kBroken;
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_WANT_READ:
            status = IoStatus::kBlocked;
            break;
        case SSL_ERROR_ZERO_RETURN:
            status = IoStatus::kEnd;
            break;
        default:
            broken_ = true;
    }
    ERR_clear_error();
    // What came before the end is handed over first; the end shows again at the next read.
    if (already > 0) return {already, IoStatus::kOk};
    return {0, status};
}

bool TlsSession::InHandshake() const {
    return ::SSL_is_init_finished(ssl_) == 0;
}

IoOutcome TlsSession::Write(std::span<const iovec> parts) {
    if (!Flush()) return {0, broken_ ? IoStatus::kBroken : IoStatus::kBlocked};
    std::array<char, kRecordBytes> record;
    std::size_t taken = 0;
    std::size_t part = 0;
    std::size_t offset = 0;  // into parts[part]
    while (held_.empty()) {
        std::size_t filled = 0;
        while (part < parts.size() && filled < record.size()) {
            const std::size_t some = std::min(parts[part].iov_len - offset, record.size() - filled);
            std::memcpy(
                record.data() + filled,
                static_cast<const char*>(parts[part].iov_base) + offset,
                some
            );
            filled += some;
            offset += some;
            if (offset < parts[part].iov_len) continue;
            ++part;
            offset = 0;
        }
        if (filled == 0) break;
        ERR_clear_error();
        // Our BIO takes everything, so a record is taken whole or the connection is broken (or its
        // handshake is not over, and nobody may write yet).
        const int wrote = SSL_write(ssl_, record.data(), static_cast<int>(filled));
        ERR_clear_error();
        if (wrote <= 0) {
            if (!SSL_is_init_finished(ssl_) && !broken_) return {taken, IoStatus::kBlocked};
            broken_ = true;
            return {taken, IoStatus::kBroken};
        }
        taken += filled;
    }
    return {taken, IoStatus::kOk};
}

bool TlsSession::Flush() {
    while (!held_.empty() && !broken_) {
        const ssize_t taken =
            ::send(descriptor_, held_.data(), held_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken < 0) {
            broken_ = !IsLater(errno);
            return false;
        }
        held_.erase(0, static_cast<std::size_t>(taken));
    }
    if (broken_) return false;
    std::string().swap(held_);
    if (std::exchange(saying_goodbye_, false)) ::shutdown(descriptor_, SHUT_WR);
    return true;
}

void TlsSession::ShutdownWrite() {
    ERR_clear_error();
    if (!broken_ && SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
    ERR_clear_error();
    saying_goodbye_ = true;
    if (!Flush() && broken_) ::shutdown(descriptor_, SHUT_WR);
}

}  // namespace flux::net
