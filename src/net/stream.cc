#include "net/stream.h"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace flux::net {
namespace {

IoStatus StatusOf(int error) {
    const bool later = error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
    return later ? IoStatus::kBlocked : IoStatus::kBroken;
}

}  // namespace

Stream& Stream::operator=(Stream&& other) noexcept {
    if (this != &other) {
        Close();
        descriptor_ = std::exchange(other.descriptor_, -1);
        wants_write_ = other.wants_write_;
        tls_ = std::move(other.tls_);
    }
    return *this;
}

Stream::~Stream() {
    Close();
}

IoOutcome Stream::Read(std::span<char> into) {
    if (tls_ != nullptr) {
        const IoOutcome outcome = tls_->Read(into);
        wants_write_ = tls_->HoldsBytes();
        return outcome;
    }
    const ssize_t got = ::recv(descriptor_, into.data(), into.size(), MSG_DONTWAIT);
    if (got > 0) return {static_cast<std::size_t>(got), IoStatus::kOk};
    if (got == 0) return {0, IoStatus::kEnd};
    return {0, StatusOf(errno)};
}

IoOutcome Stream::Write(std::span<const iovec> parts) {
    constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
    std::size_t wanted = 0;
    for (const iovec& part : parts)
        wanted += part.iov_len;
    if (tls_ != nullptr) {
        const IoOutcome outcome = tls_->Write(parts);
        wants_write_ =
            outcome.status != IoStatus::kBroken && (outcome.bytes < wanted || tls_->HoldsBytes());
        return outcome;
    }
    ssize_t taken = 0;
    if (parts.size() == 1) {
        taken = ::send(descriptor_, parts[0].iov_base, wanted, kFlags);
    } else {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(parts.data());  // sendmsg does not write to it
        message.msg_iovlen = parts.size();
        taken = ::sendmsg(descriptor_, &message, kFlags);
    }
    if (taken < 0) {
        const IoStatus status = StatusOf(errno);
        wants_write_ = status == IoStatus::kBlocked;
        return {0, status};
    }
    wants_write_ = static_cast<std::size_t>(taken) < wanted;
    return {static_cast<std::size_t>(taken), IoStatus::kOk};
}

bool Stream::Flush() {
    if (tls_ == nullptr || !tls_->HoldsBytes()) return true;
    const bool sent = tls_->Flush();
    wants_write_ = tls_->HoldsBytes();
    return sent;
}

void Stream::ShutdownWrite() {
    if (!is_open()) return;
    if (tls_ == nullptr) {
        ::shutdown(descriptor_, SHUT_WR);
        return;
    }
    tls_->ShutdownWrite();
    wants_write_ = tls_->HoldsBytes();
}

void Stream::Close() {
    tls_.reset();
    if (is_open()) ::close(std::exchange(descriptor_, -1));
}

}  // namespace flux::net
