// One Socket.IO client of the load generator: as little work per delivery as possible, so that the
// server is the measure.
#pragma once

#include "inflation.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace flux::bench {

enum class ClientState : std::uint8_t {
    kConnecting,
    kUpgrading,
    kOpening,
    kJoining,
    kReady,
    kClosed
};

/// Speaks Engine.IO 4 over WebSocket: handshake, CONNECT to "/", pongs, and hands every other
/// message on. Frames are masked with a key of zero, which leaves the payload as it is.
class FanoutClient {
public:
    /// A complete text message of a connected client.
    using OnMessage = std::function<void(FanoutClient&, std::string_view)>;

    FanoutClient() = default;
    FanoutClient(const FanoutClient&) = delete;
    FanoutClient& operator=(const FanoutClient&) = delete;
    ~FanoutClient();

    /// Starts a non-blocking connect to 127.0.0.1:`port`, with a receive buffer of `receive_bytes`
    /// (0: the kernel's own), offering permessage-deflate if `deflate`, as the proxy of a browser
    /// at `forwarded_for` ("": as itself). False when the kernel refuses at once.
    bool Connect(
        std::uint16_t port,
        std::string_view path,
        std::string_view join_message,
        int receive_bytes = 0,
        bool deflate = false,
        std::string_view forwarded_for = {}
    );

    /// The socket is readable or has connected. `buffer` is shared by all clients.
    void OnReadable(std::string& buffer, const OnMessage& on_message);
    void OnConnected();

    /// Sends one text message; the load is small enough that the kernel always takes it whole.
    bool Send(std::string_view text);

    /// Appends the frame of a text message, for several messages in one write.
    static void AppendFrame(std::string& out, std::string_view text);
    bool SendRaw(std::string_view frames);

    int descriptor() const { return descriptor_; }
    ClientState state() const { return state_; }
    std::uint16_t close_code() const { return close_code_; }
    std::uint64_t bytes_received() const { return bytes_received_; }

    std::uint64_t next_sequence = 0;  ///< kept by the owner
    bool stopped = false;             ///< the owner does not read it (any more)

private:
    void Consume(std::string_view bytes, const OnMessage& on_message);
    std::size_t ConsumeHandshake(std::string_view bytes);
    void OnFrame(unsigned opcode, std::string_view payload, const OnMessage& on_message);
    void Close();

    int descriptor_ = -1;
    ClientState state_ = ClientState::kClosed;
    std::uint16_t close_code_ = 0;
    std::uint64_t bytes_received_ = 0;
    std::unique_ptr<Inflation> inflation_;
    std::string remainder_;
    std::string request_;
    std::string join_message_;
};

}  // namespace flux::bench
