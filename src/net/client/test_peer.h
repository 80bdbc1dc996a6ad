// A server for the tests of the clients: it does exactly what it is told, right or wrong.
#pragma once

#include "runtime/shard.h"
#include "runtime/task.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace flux::net::testing {

/// A certificate for one name, signed by itself.
struct TestCertificate {
    std::string certificate_pem;
    std::string key_pem;
};
TestCertificate MakeCertificate(const std::string& host);

/// What a WebSocket peer does after the handshake, in order.
struct Act {
    enum class Kind : std::uint8_t { kSend, kSendBinary, kExpect, kClose, kDrop, kRaw, kPing };
    Kind kind = Kind::kSend;
    std::string text;
};

/// Accepts connections on a free port of 127.0.0.1 and plays one part with each. Thread: the
/// shard's; lives until the shard has stopped.
class TestPeer {
public:
    explicit TestPeer(Shard& shard);
    ~TestPeer();

    std::uint16_t port() const;

    /// From now on with TLS.
    void UseTls(const TestCertificate& certificate);

    /// Reads one request head and sends `answer` as it is, then closes (or waits for the client).
    void AnswerRaw(std::string answer, bool close);

    /// As AnswerRaw, with what `answer` makes of each request head; then closes. Nothing: never a
    /// word, and the connection stays. An empty text: closes without one.
    void AnswerWith(std::function<std::optional<std::string>(const std::string& head)> answer);

    /// Accepts a WebSocket and plays `acts`; then waits for the client to go.
    void PlayWebSocket(std::vector<Act> acts);

    /// Takes the connection and never says a word.
    void StaySilent();

    /// Request heads received so far, and messages of WebSocket clients.
    const std::vector<std::string>& heard() const { return *heard_; }
    std::size_t clients_gone() const { return *gone_; }

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
    std::shared_ptr<std::vector<std::string>> heard_;
    std::shared_ptr<std::size_t> gone_;
};

}  // namespace flux::net::testing
