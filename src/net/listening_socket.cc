#include "net/listening_socket.h"

#include "net/port_owner.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>

namespace flux::net {
namespace {

constexpr int kBacklog = 4096;
constexpr int kFreePortTries = 16;

/// Why one address could not be bound: the step and its errno.
struct BindFailure {
    const char* step;
    int error;
};

std::string Place(const IpAddress& address, std::uint16_t port) {
    const std::string text = address.ToString();
    return address.is_v4() ? fmt::format("{}:{}", text, port) : fmt::format("[{}]:{}", text, port);
}

sockaddr_storage MakeAddress(const IpAddress& address, std::uint16_t port, socklen_t& size) {
    sockaddr_storage storage{};
    if (address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&v4.sin_addr, address.bytes().data() + 12, sizeof v4.sin_addr);
        std::memcpy(&storage, &v4, sizeof v4);
        size = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&v6.sin6_addr, address.bytes().data(), sizeof v6.sin6_addr);
        std::memcpy(&storage, &v6, sizeof v6);
        size = sizeof v6;
    }
    return storage;
}

/// Accepted sockets inherit these from the listening one, which saves calls per connection.
void SetOptions(int socket, const IpAddress& address, const ListenerOptions& options) {
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!address.is_v4()) ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (options.send_buffer_bytes > 0) {
        const int bytes = static_cast<int>(options.send_buffer_bytes);
        ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    }
}

/// Opens, binds and listens; `bound` is the socket when nothing failed.
std::optional<BindFailure> BindOne(
    const IpAddress& address, std::uint16_t port, const ListenerOptions& options, Stream& bound
) {
    const int family = address.is_v4() ? AF_INET : AF_INET6;
    Stream socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return BindFailure{"open a socket for", errno};
    SetOptions(socket.descriptor(), address, options);
    socklen_t size = 0;
    const sockaddr_storage storage = MakeAddress(address, port, size);
    const auto* const generic = reinterpret_cast<const sockaddr*>(&storage);
    if (::bind(socket.descriptor(), generic, size) != 0) return BindFailure{"bind", errno};
    if (::listen(socket.descriptor(), kBacklog) != 0) return BindFailure{"listen on", errno};
    bound = std::move(socket);
    return std::nullopt;
}

std::uint16_t PortOf(const Stream& socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&storage), &size);
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);  // the port stands at the same place in both families
    return ntohs(v4.sin_port);
}

Error PortInUse(const ListenerOptions& options, const IpAddress& address, std::uint16_t port) {
    std::string sentence = fmt::format(
        "cannot open the listener \"{}\" on {}: the port is in use",
        options.name,
        Place(address, port)
    );
    if (const std::optional<PortOwner> owner = FindPortOwner(port)) {
        sentence += fmt::format(" by {} (pid {})", owner->name, owner->pid);
    }
    sentence += "; stop its owner";
    if (!options.port_setting.empty()) {
        sentence +=
            fmt::format(" or choose another port with the setting {}", options.port_setting);
    }
    return Error(ErrorCode::kConflict, Retry::kLater, std::move(sentence));
}

Error CannotBind(
    const ListenerOptions& options,
    const IpAddress& address,
    std::uint16_t port,
    const BindFailure& failure
) {
    if (failure.error == EADDRINUSE) return PortInUse(options, address, port);
    std::string sentence = fmt::format(
        "cannot {} {} for the listener \"{}\": {}",
        failure.step,
        Place(address, port),
        options.name,
        std::strerror(failure.error)
    );
    if (failure.error == EACCES || failure.error == EPERM) {
        if (!options.port_setting.empty()) {
            sentence += fmt::format(
                "; ports below 1024 need a privilege, choose another with {}", options.port_setting
            );
        }
        return Error(ErrorCode::kPermission, Retry::kNever, std::move(sentence));
    }
    if (failure.error == EADDRNOTAVAIL || failure.error == EAFNOSUPPORT) {
        sentence += "; this machine has no such address";
        return Error(ErrorCode::kBadInput, Retry::kNever, std::move(sentence));
    }
    return Error(ErrorCode::kUnavailable, Retry::kLater, std::move(sentence));
}

bool IsAbsentLoopback6(const IpAddress& address, const BindFailure& failure) {
    return address.is_loopback() && !address.is_v4() &&
           (failure.error == EADDRNOTAVAIL || failure.error == EAFNOSUPPORT);
}

Result<std::vector<IpAddress>> ParseAddresses(const ListenerOptions& options) {
    std::vector<IpAddress> addresses;
    for (const std::string& text : options.addresses) {
        const Result<IpAddress> address = IpAddress::Parse(text);
        if (!address) {
            return Error(
                ErrorCode::kBadInput,
                Retry::kNever,
                fmt::format(
                    "cannot open the listener \"{}\": {}", options.name, address.error().context
                )
            );
        }
        addresses.push_back(*address);
    }
    if (addresses.empty()) {
        return Error(
            ErrorCode::kBadInput,
            Retry::kNever,
            fmt::format("cannot open the listener \"{}\": it has no address", options.name)
        );
    }
    return addresses;
}

/// Binds all addresses. `clash` is set when port 0 was asked for and the port the kernel chose for
/// the first address is taken on a later one.
Result<BoundListener> BindAll(
    const ListenerOptions& options, const std::vector<IpAddress>& addresses, bool& clash
) {
    BoundListener bound;
    bound.port = options.port;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        Stream socket;
        const std::optional<BindFailure> failure =
            BindOne(addresses[i], bound.port, options, socket);
        if (!failure) {
            bound.port = PortOf(socket);
            bound.sockets.push_back(std::move(socket));
            continue;
        }
        const bool others = i + 1 < addresses.size() || !bound.sockets.empty();
        if (others && IsAbsentLoopback6(addresses[i], *failure)) continue;
        clash = options.port == 0 && failure->error == EADDRINUSE && !bound.sockets.empty();
        return CannotBind(options, addresses[i], bound.port, *failure);
    }
    return bound;
}

}  // namespace

Result<BoundListener> BindListener(const ListenerOptions& options) {
    const Result<std::vector<IpAddress>> addresses = ParseAddresses(options);
    if (!addresses) return addresses.error();
    for (int attempt = 1;; ++attempt) {
        bool clash = false;
        Result<BoundListener> bound = BindAll(options, *addresses, clash);
        if (bound || !clash || attempt == kFreePortTries) return bound;
    }
}

}  // namespace flux::net
