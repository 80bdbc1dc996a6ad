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
    }
    return *this;
}

Stream::~Stream() {
    Close();
}

IoOutcome Stream::Read(std::span<char> into) {
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

void Stream::ShutdownWrite() {
    if (is_open()) ::shutdown(descriptor_, SHUT_WR);
}

void Stream::Close() {
    if (is_open()) ::close(std::exchange(descriptor_, -1));
}

}  // namespace flux::net
