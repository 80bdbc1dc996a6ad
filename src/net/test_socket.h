// A plain blocking TCP client for tests: bytes in, bytes out, and just enough HTTP and WebSocket to
// read what comes back.
#pragma once

#include "net/websocket.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace flux::net::testing {

struct TestResponse {
    int status = 0;
    std::string head;
    std::string body;

    /// The value of a header, "" when absent.
    std::string Header(std::string_view name) const;
};

struct TestFrame {
    bool valid = false;
    bool final = false;
    bool deflated = false;
    Opcode opcode = Opcode::kText;
    std::string payload;
};

/// One masked client frame.
std::string ClientFrame(Opcode opcode, std::string_view payload, bool final = true);

/// The frame with its bit RSV1 set: the first, or only one, of a compressed message.
std::string WithDeflatedBit(std::string frame);

/// A request that upgrades `target`.
std::string UpgradeRequest(std::string_view target, std::string_view more_headers = {});

/// Every wait ends after five seconds at most: a test that would hang fails instead.
class TestSocket {
public:
    /// Connects to the loopback address of the family. `receive_buffer_bytes` 0 keeps the kernel's.
    explicit TestSocket(std::uint16_t port, bool v6 = false, int receive_buffer_bytes = 0);
    TestSocket(const TestSocket&) = delete;
    TestSocket& operator=(const TestSocket&) = delete;
    TestSocket(TestSocket&& other) noexcept;
    ~TestSocket();

    bool connected() const { return descriptor_ >= 0; }
    int descriptor() const { return descriptor_; }
    bool Send(std::string_view bytes);
    void ShutdownWrite();
    void Close();

    /// The next response; status 0 when the connection ended first. `head_only`: to a HEAD request.
    TestResponse ReadResponse(bool head_only = false);
    TestResponse Ask(std::string_view request);
    TestResponse Get(std::string_view target, std::string_view more_headers = {});

    TestFrame ReadFrame();

    /// Exactly `count` bytes, or fewer when the connection ended first.
    std::string Read(std::size_t count);

    /// Whether the peer ends the connection (in time).
    bool ReadsEnd();

private:
    bool Fill();

    int descriptor_ = -1;
    std::string received_;
};

/// Waits until `condition` holds; false when it does not within five seconds.
template <class Condition>
bool Eventually(Condition&& condition) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > give_up) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace flux::net::testing
