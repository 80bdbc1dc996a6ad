#include "app/admin_client.h"

#include "config/quantity.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace flux::app {
namespace {

constexpr std::size_t kAnswerBytesMax = 16'000'000;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

/// Closes a descriptor at the end of a scope.
class Socket {
public:
    explicit Socket(int descriptor)
        : descriptor_(descriptor) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { ::close(descriptor_); }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

Error Failed(ErrorCode code, std::string sentence) {
    const Retry retry = code == ErrorCode::kUnavailable ? Retry::kLater : Retry::kNever;
    return Error(code, retry, std::move(sentence));
}

bool SendAll(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

/// How the reading of an answer ended.
enum class Ending : std::uint8_t { kClosed, kBroken, kLate };

Ending ReceiveAll(int socket, std::string& bytes, SteadyTime until) {
    std::array<char, 16 * 1024> chunk{};
    while (bytes.size() < kAnswerBytesMax) {
        const auto left = std::chrono::ceil<Milliseconds>(until - SystemClock::Instance().Now());
        if (left.count() <= 0) return Ending::kLate;
        pollfd wanted{.fd = socket, .events = POLLIN, .revents = 0};
        if (::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) continue;
        const ssize_t got = ::recv(socket, chunk.data(), chunk.size(), 0);
        if (got == 0) return Ending::kClosed;
        if (got < 0) return Ending::kBroken;
        bytes.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return Ending::kBroken;
}

/// The sentence of {"error":"..."}, or the whole body when it is none.
std::string ErrorSentence(const std::string& body) {
    const auto member = json::Check(body) ? json::Member(body, "error") : std::nullopt;
    const auto text = member ? json::AsText(*member) : std::nullopt;
    return text ? *text : body.substr(0, 200);
}

}  // namespace

std::string AdminClient::PercentEncode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || std::strchr("-._~", c) != nullptr;
        if (plain && c != '\0') {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

Result<int> AdminClient::Connect() const {
    std::string name = host_;
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(port_);
    if (const int error = ::getaddrinfo(name.c_str(), port.c_str(), &hints, &found); error != 0) {
        return Failed(
            ErrorCode::kUnavailable,
            fmt::format("could not find {}: {}", host_, ::gai_strerror(error))
        );
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
    int failure = ECONNREFUSED;
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        const int type = address->ai_socktype | SOCK_CLOEXEC;
        const int descriptor = ::socket(address->ai_family, type, 0);
        if (descriptor < 0) continue;
        timeval limit{};
        limit.tv_sec = static_cast<time_t>(time_max_.count() / 1000);
        limit.tv_usec = static_cast<suseconds_t>(time_max_.count() % 1000 * 1000);
        ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (::connect(descriptor, address->ai_addr, address->ai_addrlen) == 0) return descriptor;
        failure = errno;
        ::close(descriptor);
    }
    return Failed(
        ErrorCode::kUnavailable,
        fmt::format(
            "no Flux answers at {} ({}); start one with `flux up`, and give the same --data_dir or "
            "--admin.port here",
            where(),
            std::strerror(failure)
        )
    );
}

Result<std::string> AdminClient::Exchange(std::string_view head, std::string_view body) const {
    const Result<int> connected = Connect();
    if (!connected) return connected.error();
    const Socket socket(*connected);
    const SteadyTime until = SystemClock::Instance().Now() + time_max_;
    // A listener may refuse from the head alone and close: its answer is worth more than the
    // failure to send the rest.
    const bool sent = SendAll(socket.get(), head) && SendAll(socket.get(), body);
    std::string answer;
    const Ending ending = ReceiveAll(socket.get(), answer, until);
    if (answer.find(kHeadEnd) != std::string::npos) return answer;
    const std::string time = config::DurationText(time_max_);
    if (!sent) {
        // Without its last byte nobody stores it.
        return Failed(
            ErrorCode::kUnavailable, fmt::format("{} took only a part of the record", where())
        );
    }
    return Failed(
        ErrorCode::kUnknown,
        ending == Ending::kLate
            ? fmt::format("{} did not answer within {}", where(), time)
            : fmt::format("{} closed the connection before it had answered", where())
    );
}

Result<std::string> AdminClient::Publish(const AdminRecord& record, const config::Secret& token)
    const {
    std::string head = fmt::format(
        "POST /bus/topics/{}/records HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: {}\r\nConnection: close\r\n",
        PercentEncode(record.topic),
        where(),
        token.Reveal(),
        record.payload.size()
    );
    if (record.key) head += "X-Record-Key: " + PercentEncode(*record.key) + "\r\n";
    const Result<std::string> answer = Exchange(head + "\r\n", record.payload);
    if (!answer) return answer.error();
    return Outcome(*answer);
}

Result<std::string> AdminClient::Get(const std::string& target, const config::Secret& token) const {
    const Result<std::string> answer = Exchange(
        fmt::format(
            "GET {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            target,
            where(),
            token.Reveal()
        ),
        {}
    );
    if (!answer) return answer.error();
    if (answer->starts_with("HTTP/1.1 200"))
        return answer->substr(answer->find(kHeadEnd) + kHeadEnd.size());
    return Outcome(*answer);
}

Result<std::string> AdminClient::Outcome(const std::string& answer) const {
    const auto status = answer.size() > 12 && answer.starts_with("HTTP/1.1 ")
                            ? config::ParseInteger(std::string_view(answer).substr(9, 3))
                            : std::nullopt;
    if (!status) {
        return Failed(
            ErrorCode::kBadInput, fmt::format("what answers at {} is not a Flux", where())
        );
    }
    std::string body = answer.substr(answer.find(kHeadEnd) + kHeadEnd.size());
    switch (*status) {
        case 201:
            return body;
        case 404:
            return Failed(ErrorCode::kNotFound, ErrorSentence(body));
        case 502:  // of a proxy, which lost the answer
        case 504:
            return Failed(ErrorCode::kUnknown, ErrorSentence(body));
        default:
            return Failed(ErrorCode::kUnavailable, ErrorSentence(body));
    }
}

}  // namespace flux::app
