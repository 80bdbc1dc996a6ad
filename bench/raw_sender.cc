// The floor of `./dev bench fanout`: an epoll loop that does nothing but send one prepared frame to
// everybody. It speaks just enough Socket.IO for the load generator: handshake, CONNECT, and `pub`
// -> `tick`.
//
// --gather: messages that arrived together go to each client in one write instead of one each.
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace {

struct Client {
    int descriptor = -1;
    bool upgraded = false;
    bool joined = false;
    std::string input;
};

class RawSender {
public:
    explicit RawSender(bool gather)
        : gather_(gather),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

    int Run() {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listener_, 4096) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
            std::perror("raw_sender");
            return 1;
        }
        epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
        std::printf("PORT %d\n", ntohs(address.sin_port));
        std::fflush(stdout);
        for (;;)
            Turn();
    }

private:
    void Turn() {
        std::array<epoll_event, 256> events;
        const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            auto* client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
            if (client == nullptr) {
                Accept();
            } else {
                Read(*client);
            }
        }
        if (gather_ && !pending_.empty()) {
            SendToAll(pending_);
            pending_.clear();
        }
    }

    void Accept() {
        for (;;) {
            const int descriptor =
                ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor < 0) return;
            const int on = 1;
            ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            auto client = std::make_unique<Client>();
            client->descriptor = descriptor;
            epoll_event event{.events = EPOLLIN, .data = {.ptr = client.get()}};
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
            clients_.push_back(std::move(client));
        }
    }

    void Read(Client& client) {
        const ssize_t got = ::recv(client.descriptor, buffer_.data(), buffer_.size(), 0);
        if (got <= 0) {
            if (got == 0 || errno != EAGAIN) {
                ::epoll_ctl(epoll_, EPOLL_CTL_DEL, client.descriptor, nullptr);
                ::close(client.descriptor);
                client.descriptor = -1;
                client.joined = false;
            }
            return;
        }
        client.input.append(buffer_.data(), static_cast<std::size_t>(got));
        if (!client.upgraded) Upgrade(client);
        while (client.upgraded && TakeFrame(client)) {
        }
        if (client.input.empty()) client.input.shrink_to_fit();
    }

    void Upgrade(Client& client) {
        const std::size_t end = client.input.find("\r\n\r\n");
        if (end == std::string::npos) return;
        client.input.erase(0, end + 4);
        client.upgraded = true;
        // The accept value of the one key the load generator sends.
        static constexpr std::string_view kAnswer =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        Send(
            client,
            std::string(kAnswer) +
                Frame(
                    R"(0{"sid":"raw","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})"
                )
        );
    }

    bool TakeFrame(Client& client) {
        const std::string& in = client.input;
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(in[i]); };
        if (in.size() < 6) return false;
        std::size_t header = 6;
        std::size_t length = byte(1) & 0x7FU;
        if (length == 126) {
            header = 8;
            if (in.size() < header) return false;
            length = static_cast<std::size_t>(byte(2)) << 8 | byte(3);
        }
        if (in.size() < header + length) return false;
        OnMessage(client, std::string_view(in).substr(header, length));  // the mask is zero
        client.input.erase(0, header + length);
        return true;
    }

    void OnMessage(Client& client, std::string_view text) {
        constexpr std::string_view kPublish = "42[\"pub\",";
        if (text == "40") {
            client.joined = true;
            Send(client, Frame(R"(40{"sid":"raw"})"));
        } else if (text.starts_with(kPublish)) {
            std::string frame = Frame("42[\"tick\"," + std::string(text.substr(kPublish.size())));
            if (gather_) {
                pending_.push_back(std::move(frame));
            } else {
                SendToAll({std::move(frame)});
            }
        }
    }

    void SendToAll(const std::vector<std::string>& frames) {
        std::vector<iovec> parts;
        for (const std::string& frame : frames)
            parts.push_back({const_cast<char*>(frame.data()), frame.size()});
        for (const auto& client : clients_) {
            if (!client->joined) continue;
            if (parts.size() == 1) {
                ::send(client->descriptor, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL);
            } else {
                msghdr message{};
                message.msg_iov = parts.data();
                message.msg_iovlen = parts.size();
                ::sendmsg(client->descriptor, &message, MSG_NOSIGNAL);
            }
        }
    }

    static void Send(const Client& client, const std::string& bytes) {
        ::send(client.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }

    static std::string Frame(std::string_view text) {
        std::string frame(1, static_cast<char>(0x81));
        if (text.size() < 126) {
            frame += static_cast<char>(text.size());
        } else {
            frame += static_cast<char>(126);
            frame += static_cast<char>(text.size() >> 8);
            frame += static_cast<char>(text.size() & 0xFF);
        }
        frame += text;
        return frame;
    }

    const bool gather_;
    const int epoll_;
    int listener_ = -1;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<std::string> pending_;
    std::array<char, 64 * 1024> buffer_{};
};

}  // namespace

int main(int argc, char** argv) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    return RawSender(argc > 1 && std::strcmp(argv[1], "--gather") == 0).Run();
}
