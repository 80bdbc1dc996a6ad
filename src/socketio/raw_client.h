// Blocking clients for tests that say exactly what goes over the wire. Test code only.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace flux::socketio::testing {

inline constexpr std::chrono::milliseconds kPatience{5'000};

/// A TCP connection to 127.0.0.1. Reads give up after `patience`.
class RawSocket {
public:
    /// `receive_buffer_bytes` 0 keeps the kernel's.
    explicit RawSocket(std::uint16_t port, int receive_buffer_bytes = 0);
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;
    ~RawSocket();

    void Send(std::string_view bytes);
    /// Exactly `count` bytes; fewer when the peer closed or `patience` ran out.
    std::string Read(std::size_t count);
    /// Up to and including `end`.
    std::string ReadUntil(std::string_view end);
    /// Whether the peer has closed, waiting for it with `patience`. Swallows what comes before.
    bool ReadToEnd();
    /// Whether anything is there to read, or arrives within `wait`.
    bool Readable(std::chrono::milliseconds wait);
    void SetPatience(std::chrono::milliseconds patience);
    void Close();
    /// Gives back the memory of what has been read, for tests that measure memory.
    void ReleaseMemory();

private:
    bool Fill();
    int descriptor_ = -1;
    std::string buffered_;
};

struct HttpAnswer {
    int status = 0;                              // 0: none came
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
};

/// One keep-alive HTTP connection.
class RawHttp {
public:
    explicit RawHttp(std::uint16_t port)
        : socket_(port) {}

    HttpAnswer Get(std::string_view target, std::string_view headers = {});
    HttpAnswer Post(std::string_view target, std::string_view body, std::string_view headers = {});
    HttpAnswer Request(
        std::string_view method,
        std::string_view target,
        std::string_view headers,
        std::string_view body
    );
    void Send(
        std::string_view method,
        std::string_view target,
        std::string_view headers,
        std::string_view body
    );
    HttpAnswer Receive();
    RawSocket& socket() { return socket_; }

private:
    RawSocket socket_;
};

struct WireFrame {
    int opcode = -1;        // -1: the connection ended, or nothing came in time
    bool deflated = false;  // it came compressed; `payload` is what it was before
    std::string payload;
    std::string wire;  // what came, where it came compressed

    int close_code() const;
};

/// A WebSocket client.
class RawWebSocket {
public:
    RawWebSocket(
        std::uint16_t port,
        std::string_view target,
        std::string_view headers = {},
        int receive_buffer_bytes = 0
    );

    int status() const { return status_; }  ///< 101 when the handshake succeeded
    const std::string& head() const { return head_; }
    void SendText(std::string_view text) { SendFrame(1, text); }
    void SendBinary(std::string_view bytes) { SendFrame(2, bytes); }
    void SendFrame(int opcode, std::string_view payload);
    /// A text message that has been compressed already.
    void SendDeflated(std::string_view payload) { SendFrame(0x40 | 1, payload); }
    WireFrame Receive();
    /// The next text message; empty when something else came.
    std::string Text();
    /// The next text message that is not the Engine.IO ping, which is answered.
    std::string TextPastPings();
    /// Reads up to the close frame, answers it and returns its code; -1 when none came.
    int ReceiveClose();
    RawSocket& socket() { return socket_; }
    /// As RawSocket's; head() is empty afterwards.
    void ReleaseMemory();

private:
    RawSocket socket_;
    std::string head_;
    int status_ = 0;
};

/// The value of `"sid":"..."` in an open or CONNECT packet.
std::string SidIn(std::string_view packet);

}  // namespace flux::socketio::testing
