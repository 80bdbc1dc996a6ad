#include "fanout_client.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace flux::bench {

FanoutClient::~FanoutClient() {
    Close();
}

bool FanoutClient::Connect(
    std::uint16_t port,
    std::string_view path,
    std::string_view join_message,
    int receive_bytes,
    bool deflate,
    std::string_view forwarded_for
) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) return false;
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (receive_bytes > 0)
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS) {
        return false;
    }
    state_ = ClientState::kConnecting;
    join_message_ = join_message;
    request_ = "GET " + std::string(path) +
               "?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
               "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
               "dGhlIHNhbXBsZSBub25jZQ==\r\n"
               "Sec-WebSocket-Version: 13\r\n";
    if (deflate) {
        request_ += "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    }
    if (!forwarded_for.empty()) {
        request_ += "X-Forwarded-For: " + std::string(forwarded_for) + "\r\n";
    }
    request_ += "\r\n";
    return true;
}

void FanoutClient::OnConnected() {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0 || !SendRaw(request_)) {
        Close();
        return;
    }
    request_.clear();
    request_.shrink_to_fit();
    state_ = ClientState::kUpgrading;
}

void FanoutClient::OnReadable(std::string& buffer, const OnMessage& on_message) {
    for (;;) {
        const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            Close();
            return;
        }
        bytes_received_ += static_cast<std::size_t>(got);
        Consume(std::string_view(buffer.data(), static_cast<std::size_t>(got)), on_message);
        if (state_ == ClientState::kClosed || static_cast<std::size_t>(got) < buffer.size()) return;
    }
}

void FanoutClient::Consume(std::string_view bytes, const OnMessage& on_message) {
    std::string joined;
    if (!remainder_.empty()) {
        joined = std::move(remainder_);
        remainder_.clear();
        joined += bytes;
        bytes = joined;
    }
    if (state_ == ClientState::kUpgrading) {
        const std::size_t used = ConsumeHandshake(bytes);
        bytes.remove_prefix(used);
    }
    while (state_ != ClientState::kUpgrading && state_ != ClientState::kClosed && bytes.size() >= 2
    ) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
        std::size_t header = 2;
        std::uint64_t length = byte(1) & 0x7FU;
        if (length == 126) {
            header = 4;
            if (bytes.size() < header) break;
            length = static_cast<std::uint64_t>(byte(2)) << 8 | byte(3);
        } else if (length == 127) {
            header = 10;
            if (bytes.size() < header) break;
            length = 0;
            for (std::size_t i = 2; i < 10; ++i)
                length = length << 8 | byte(i);
        }
        if (bytes.size() < header + length) break;
        std::string_view payload = bytes.substr(header, length);
        if ((byte(0) & 0x40U) != 0) payload = inflation_->Inflate(payload);
        OnFrame(byte(0) & 0x0FU, payload, on_message);
        bytes.remove_prefix(header + length);
    }
    if (state_ != ClientState::kClosed && !bytes.empty()) remainder_ = bytes;
}

std::size_t FanoutClient::ConsumeHandshake(std::string_view bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    if (!bytes.starts_with("HTTP/1.1 101")) {
        Close();
        return bytes.size();
    }
    const std::string_view head = bytes.substr(0, end);
    if (head.find("permessage-deflate") != std::string_view::npos) {
        const bool alone = head.find("server_no_context_takeover") != std::string_view::npos;
        inflation_ = std::make_unique<Inflation>(!alone);
    }
    state_ = ClientState::kOpening;
    return end + 4;
}

void FanoutClient::OnFrame(unsigned opcode, std::string_view payload, const OnMessage& on_message) {
    if (opcode == 8) {
        if (payload.size() >= 2) {
            close_code_ = static_cast<std::uint16_t>(
                static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1])
            );
        }
        Close();
    } else if (opcode == 1 && payload == "2") {
        Send("3");
    } else if (state_ == ClientState::kOpening && payload.starts_with("0{")) {
        state_ = ClientState::kJoining;
        Send("40");
    } else if (state_ == ClientState::kJoining && payload.starts_with("40")) {
        state_ = ClientState::kReady;
        if (!join_message_.empty()) Send(join_message_);
    } else if (state_ == ClientState::kReady && opcode == 1) {
        on_message(*this, payload);
    }
}

void FanoutClient::AppendFrame(std::string& out, std::string_view text) {
    out += static_cast<char>(0x81);
    if (text.size() < 126) {
        out += static_cast<char>(0x80 | text.size());
    } else if (text.size() < 65536) {
        out += static_cast<char>(0x80 | 126);
        out += static_cast<char>(text.size() >> 8);
        out += static_cast<char>(text.size() & 0xFF);
    } else {
        out += static_cast<char>(0x80 | 127);
        for (int shift = 56; shift >= 0; shift -= 8)
            out += static_cast<char>(text.size() >> shift & 0xFF);
    }
    out.append(4, '\0');
    out += text;
}

bool FanoutClient::Send(std::string_view text) {
    std::string frame;
    AppendFrame(frame, text);
    return SendRaw(frame);
}

bool FanoutClient::SendRaw(std::string_view frames) {
    return ::send(descriptor_, frames.data(), frames.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(frames.size());
}

void FanoutClient::Close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
    state_ = ClientState::kClosed;
}

}  // namespace flux::bench
