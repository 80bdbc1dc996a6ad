#include "socketio/raw_client.h"

#include "base/assert.h"
#include "base/units.h"
#include "net/inflater.h"

#include <algorithm>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace flux::socketio::testing {

RawSocket::RawSocket(std::uint16_t port, int receive_buffer_bytes)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    FLUX_ASSERT(descriptor_ >= 0);
    if (receive_buffer_bytes != 0) {
        ::setsockopt(
            descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes
        );
    }
    const int one = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    SetPatience(kPatience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    FLUX_ASSERT(
        ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0
    );
}

RawSocket::~RawSocket() {
    Close();
}

void RawSocket::SetPatience(std::chrono::milliseconds patience) {
    timeval time{};
    time.tv_sec = patience.count() / 1000;
    time.tv_usec = patience.count() % 1000 * 1000;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

void RawSocket::ReleaseMemory() {
    buffered_.shrink_to_fit();  // keeps what has come and was not read
}

void RawSocket::Close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

void RawSocket::Send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;  // the peer has closed: the next read tells
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool RawSocket::Fill() {
    char chunk[16 * 1024];
    const ssize_t got = ::recv(descriptor_, chunk, sizeof chunk, 0);
    if (got <= 0) return false;
    buffered_.append(chunk, static_cast<std::size_t>(got));
    return true;
}

std::string RawSocket::Read(std::size_t count) {
    while (buffered_.size() < count && Fill()) {
    }
    std::string bytes = buffered_.substr(0, count);
    buffered_.erase(0, bytes.size());
    return bytes;
}

std::string RawSocket::ReadUntil(std::string_view end) {
    std::size_t at = 0;
    while ((at = buffered_.find(end)) == std::string::npos) {
        if (!Fill()) return {};
    }
    return Read(at + end.size());
}

bool RawSocket::ReadToEnd() {
    buffered_.clear();
    char chunk[16 * 1024];
    ssize_t got = 0;
    while ((got = ::recv(descriptor_, chunk, sizeof chunk, 0)) > 0) {
    }
    return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

bool RawSocket::Readable(std::chrono::milliseconds wait) {
    if (!buffered_.empty()) return true;
    pollfd entry{.fd = descriptor_, .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, static_cast<int>(wait.count())) > 0;
}

HttpAnswer RawHttp::Get(std::string_view target, std::string_view headers) {
    return Request("GET", target, headers, {});
}

HttpAnswer RawHttp::Post(std::string_view target, std::string_view body, std::string_view headers) {
    return Request("POST", target, headers, body);
}

HttpAnswer RawHttp::Request(
    std::string_view method,
    std::string_view target,
    std::string_view headers,
    std::string_view body
) {
    Send(method, target, headers, body);
    return Receive();
}

void RawHttp::Send(
    std::string_view method,
    std::string_view target,
    std::string_view headers,
    std::string_view body
) {
    std::string request =
        fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}", method, target, headers);
    if (!body.empty() || method == "POST") {
        request += fmt::format("Content-Length: {}\r\n", body.size());
    }
    request += "\r\n";
    request += body;
    socket_.Send(request);
}

HttpAnswer RawHttp::Receive() {
    HttpAnswer answer;
    const std::string head = socket_.ReadUntil("\r\n\r\n");
    if (head.size() < 12) return answer;
    answer.status = std::stoi(head.substr(9, 3));
    for (std::size_t at = head.find("\r\n") + 2; at + 2 < head.size();) {
        const std::size_t end = head.find("\r\n", at);
        const std::size_t colon = head.find(':', at);
        std::string name = head.substr(at, colon - at);
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
            return static_cast<char>(std::tolower(c));
        });
        answer.headers[name] = head.substr(colon + 2, end - colon - 2);
        at = end + 2;
    }
    const auto length = answer.headers.find("content-length");
    if (length != answer.headers.end()) answer.body = socket_.Read(std::stoul(length->second));
    return answer;
}

int WireFrame::close_code() const {
    if (opcode != 8) return -1;
    if (payload.size() < 2) return 1005;
    return static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
}

RawWebSocket::RawWebSocket(
    std::uint16_t port, std::string_view target, std::string_view headers, int receive_buffer_bytes
)
    : socket_(port, receive_buffer_bytes) {
    socket_.Send(fmt::format(
        "GET {} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{}\r\n",
        target,
        headers
    ));
    head_ = socket_.ReadUntil("\r\n\r\n");
    if (head_.size() >= 12) status_ = std::stoi(head_.substr(9, 3));
}

void RawWebSocket::ReleaseMemory() {
    socket_.ReleaseMemory();
    head_ = std::string();
}

void RawWebSocket::SendFrame(int opcode, std::string_view payload) {
    std::string frame;
    frame += static_cast<char>(0x80 | opcode);
    const std::size_t size = payload.size();
    if (size < 126) {
        frame += static_cast<char>(0x80 | size);
    } else if (size <= 0xffff) {
        frame += static_cast<char>(0x80 | 126);
        for (int shift = 8; shift >= 0; shift -= 8)
            frame += static_cast<char>(size >> shift);
    } else {
        frame += static_cast<char>(0x80 | 127);
        for (int shift = 56; shift >= 0; shift -= 8)
            frame += static_cast<char>(size >> shift);
    }
    const char mask[4] = {0x11, 0x22, 0x33, 0x44};
    frame.append(mask, 4);
    for (std::size_t i = 0; i < size; ++i)
        frame += static_cast<char>(payload[i] ^ mask[i % 4]);
    socket_.Send(frame);
}

WireFrame RawWebSocket::Receive() {
    WireFrame frame;
    const std::string head = socket_.Read(2);
    if (head.size() < 2) return frame;
    std::size_t length = static_cast<unsigned char>(head[1]) & 0x7f;
    if (length >= 126) {
        const std::string extended = socket_.Read(length == 126 ? 2 : 8);
        length = 0;
        for (const char byte : extended)
            length = length << 8 | static_cast<unsigned char>(byte);
    }
    frame.payload = socket_.Read(length);
    if (frame.payload.size() == length) frame.opcode = head[0] & 0x0f;
    frame.deflated = (head[0] & 0x40) != 0;
    if (frame.deflated) {
        net::Inflater inflater;
        const auto outcome = inflater.Inflate(frame.payload, 64 * MiB);
        if (outcome != net::Inflater::Outcome::kWhole) return {};
        frame.wire = std::exchange(frame.payload, std::string(inflater.message()));
    }
    return frame;
}

std::string RawWebSocket::Text() {
    WireFrame frame = Receive();
    return frame.opcode == 1 ? std::move(frame.payload) : std::string();
}

std::string RawWebSocket::TextPastPings() {
    for (;;) {
        std::string text = Text();
        if (text != "2") return text;
        SendText("3");
    }
}

int RawWebSocket::ReceiveClose() {
    for (;;) {
        const WireFrame frame = Receive();
        if (frame.opcode == -1) return -1;
        if (frame.opcode != 8) continue;
        SendFrame(8, frame.payload);
        return frame.close_code();
    }
}

std::string SidIn(std::string_view packet) {
    constexpr std::string_view kName = "\"sid\":\"";
    const std::size_t at = packet.find(kName);
    if (at == std::string_view::npos) return {};
    const std::size_t start = at + kName.size();
    return std::string(packet.substr(start, packet.find('"', start) - start));
}

}  // namespace flux::socketio::testing
