#include "net/acceptor.h"

#include "base/assert.h"
#include "base/log.h"
#include "limits/limits.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace flux::net {
namespace {

constexpr Milliseconds kStarvedPause{100};

bool IsStarvation(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Acceptor::Acceptor(NetShard& home, Listener& listener, Stream descriptor, std::size_t shards)
    : home_(home),
      listener_(listener),
      socket_(std::move(descriptor)),
      shards_(shards),
      next_shard_(home.shard().id().value()) {
    const Result<void> added = home_.poller().Add(socket_.descriptor(), EPOLLIN, *this);
    FLUX_ASSERT(added.has_value());
}

Acceptor::~Acceptor() {
    home_.poller().Remove(socket_.descriptor());
}

void Acceptor::OnPoll([[maybe_unused]] std::uint32_t events) {
    for (std::size_t i = 0; i < limits::kAcceptsPerTurnMax; ++i) {
        if (!AcceptOne()) return;
    }
}

/// False when nobody waits or the process is out of descriptors.
bool Acceptor::AcceptOne() {
    sockaddr_storage address{};
    socklen_t address_bytes = sizeof address;
    const int accepted = ::accept4(
        socket_.descriptor(),
        reinterpret_cast<sockaddr*>(&address),
        &address_bytes,
        SOCK_NONBLOCK | SOCK_CLOEXEC
    );
    if (accepted < 0) {
        const int error = errno;
        if (IsStarvation(error)) Pause(error);
        // Anything but "nobody waits" concerns the one connection that failed before it was ours.
        return error != EAGAIN && error != EWOULDBLOCK && !IsStarvation(error);
    }
    starved_ = false;
    std::shared_ptr<const TlsContext> certificate = listener_.certificate();
    Stream stream =
        certificate != nullptr ? Stream(accepted, std::move(certificate)) : Stream(accepted);
    const IpAddress peer = IpAddress::From(address);
    std::optional<ConnectionBudget::Ticket> ticket = listener_.budget.Take();
    if (!ticket) {
        home_.stats().refused_listener.Add();
        Refuse(std::move(stream), "This server has as many connections as it may.\n");
        return true;
    }
    // A proxy's connections are not one client's: those are counted where they are known.
    if (!listener_.options.trusted_proxies.Contains(peer) && !ticket->Charge(peer)) {
        home_.stats().refused_address.Add();
        Refuse(std::move(stream), "This address has as many connections as it may.\n");
        return true;
    }
    Arrival arrival;
    arrival.stream = std::move(stream);
    arrival.ticket = std::move(*ticket);
    arrival.peer = peer;
    arrival.listener = listener_.index;
    Deal(std::move(arrival));
    return true;
}

void Acceptor::Deal(Arrival arrival) {
    const ShardId chosen(static_cast<std::uint16_t>(next_shard_));
    next_shard_ = (next_shard_ + 1) % shards_;
    const bool elsewhere = chosen != home_.shard().id() && home_.MoveTo(chosen, arrival);
    if (!elsewhere) home_.Adopt(std::move(arrival));
}

void Acceptor::Refuse(Stream stream, std::string_view sentence) {
    const std::string response = fmt::format(
        "HTTP/1.1 503 Service Unavailable\r\nDate: {}\r\nContent-Type: text/plain; "
        "charset=utf-8\r\n"
        "Content-Length: {}\r\nRetry-After: 5\r\nConnection: close\r\n\r\n{}",
        home_.date(),
        sentence.size(),
        sentence
    );
    const iovec part{const_cast<char*>(response.data()), response.size()};
    stream.Write({&part, 1});
    home_.LingerAndClose(std::move(stream));
}

/// Out of descriptors: who knocks stays in the kernel's queue until some may be free. Without the
/// pause the poller would report the same knock for ever.
void Acceptor::Pause(int error) {
    home_.stats().accept_paused.Add();
    if (!std::exchange(starved_, true)) {
        log::Warn(
            "listener.starved",
            "cannot accept connections for want of file descriptors; raise the limit (ulimit -n) "
            "or lower the listener's connections",
            {{"listener", listener_.options.name}, {"error", std::strerror(error)}}
        );
    }
    home_.poller().Change(socket_.descriptor(), 0, *this);
    home_.shard().timers().Arm(pause_, home_.shard().now() + kStarvedPause);
}

void Acceptor::Continue() {
    home_.poller().Change(socket_.descriptor(), EPOLLIN, *this);
}

}  // namespace flux::net
