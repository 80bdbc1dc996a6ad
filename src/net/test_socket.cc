#include "net/test_socket.h"

#include "net/http_text.h"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace flux::net::testing {
namespace {

constexpr int kWaitMilliseconds = 5000;

std::string HeaderOf(std::string_view head, std::string_view name) {
    while (!head.empty()) {
        const std::size_t end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && EqualsIgnoringCase(line.substr(0, colon), name)) {
            return std::string(TrimBlanks(line.substr(colon + 1)));
        }
        if (end == std::string_view::npos) break;
        head.remove_prefix(end + 2);
    }
    return {};
}

}  // namespace

std::string TestResponse::Header(std::string_view name) const {
    return HeaderOf(head, name);
}

std::string ClientFrame(Opcode opcode, std::string_view payload, bool final) {
    std::string frame;
    frame += static_cast<char>((final ? 0x80 : 0) | static_cast<int>(opcode));
    const auto length = [&](int marker, int bytes) {
        frame += static_cast<char>(0x80 | marker);
        for (int i = bytes - 1; i >= 0; --i)
            frame += static_cast<char>(payload.size() >> (8 * i));
    };
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80 | payload.size());
    } else if (payload.size() < 65536) {
        length(126, 2);
    } else {
        length(127, 8);
    }
    constexpr std::string_view kMask = "\x37\xfa\x21\x3d";
    frame += kMask;
    for (std::size_t i = 0; i < payload.size(); ++i)
        frame += static_cast<char>(payload[i] ^ kMask[i % 4]);
    return frame;
}

std::string WithDeflatedBit(std::string frame) {
    frame[0] = static_cast<char>(frame[0] | 0x40);
    return frame;
}

std::string UpgradeRequest(std::string_view target, std::string_view more_headers) {
    std::string request = "GET ";
    request += target;
    request +=
        " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    request += more_headers;
    request += "\r\n";
    return request;
}

TestSocket::TestSocket(std::uint16_t port, bool v6, int receive_buffer_bytes) {
    sockaddr_in v4_address{};
    v4_address.sin_family = AF_INET;
    v4_address.sin_port = htons(port);
    v4_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6_address{};
    v6_address.sin6_family = AF_INET6;
    v6_address.sin6_port = htons(port);
    v6_address.sin6_addr = in6addr_loopback;
    descriptor_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer_bytes > 0) {
        ::setsockopt(
            descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes
        );
    }
    const int connected =
        v6 ? ::connect(
                 descriptor_, reinterpret_cast<const sockaddr*>(&v6_address), sizeof v6_address
             )
           : ::connect(
                 descriptor_, reinterpret_cast<const sockaddr*>(&v4_address), sizeof v4_address
             );
    if (connected != 0) Close();
}

TestSocket::TestSocket(TestSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      received_(std::move(other.received_)) {}

TestSocket::~TestSocket() {
    Close();
}

void TestSocket::Close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void TestSocket::ShutdownWrite() {
    ::shutdown(descriptor_, SHUT_WR);
}

bool TestSocket::Send(std::string_view bytes) {
    while (!bytes.empty()) {
        pollfd ready{descriptor_, POLLOUT, 0};
        if (::poll(&ready, 1, kWaitMilliseconds) != 1) return false;
        const ssize_t sent =
            ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

/// Waits for more bytes. False at the end of the stream or of our patience.
bool TestSocket::Fill() {
    pollfd ready{descriptor_, POLLIN, 0};
    if (::poll(&ready, 1, kWaitMilliseconds) != 1) return false;
    std::array<char, 65536> buffer;
    const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
}

std::string TestSocket::Read(std::size_t count) {
    while (received_.size() < count && Fill()) {
    }
    std::string taken = received_.substr(0, count);
    received_.erase(0, taken.size());
    if (received_.empty()) std::string().swap(received_);  // tests measure memory
    return taken;
}

bool TestSocket::ReadsEnd() {
    pollfd ready{descriptor_, POLLIN, 0};
    std::array<char, 65536> buffer;
    while (::poll(&ready, 1, kWaitMilliseconds) == 1) {
        if (::recv(descriptor_, buffer.data(), buffer.size(), 0) <= 0) return true;
    }
    return false;
}

TestResponse TestSocket::ReadResponse(bool head_only) {
    TestResponse response;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
        if (!Fill()) return response;
    }
    response.head = Read(end + 4);
    if (response.head.size() > 12) response.status = std::stoi(response.head.substr(9, 3));
    const std::string length = response.Header("content-length");
    if (!head_only && !length.empty()) response.body = Read(std::stoul(length));
    return response;
}

TestResponse TestSocket::Ask(std::string_view request) {
    Send(request);
    return ReadResponse();
}

TestResponse TestSocket::Get(std::string_view target, std::string_view more_headers) {
    std::string request = "GET ";
    request += target;
    request += " HTTP/1.1\r\nHost: localhost\r\n";
    request += more_headers;
    request += "\r\n";
    return Ask(request);
}

TestFrame TestSocket::ReadFrame() {
    TestFrame frame;
    const std::string start = Read(2);
    if (start.size() < 2) return frame;
    frame.final = (start[0] & 0x80) != 0;
    frame.deflated = (start[0] & 0x40) != 0;
    frame.opcode = static_cast<Opcode>(start[0] & 0x0f);
    std::size_t length = static_cast<unsigned char>(start[1]);
    const std::size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
    if (extended > 0) length = 0;
    for (const char byte : Read(extended))
        length = length << 8 | static_cast<unsigned char>(byte);
    frame.payload = Read(length);
    frame.valid = frame.payload.size() == length;
    return frame;
}

}  // namespace flux::net::testing
