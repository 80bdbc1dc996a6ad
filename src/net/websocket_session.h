// A connection that speaks WebSocket.
#pragma once

#include "net/connection.h"
#include "net/connection_budget.h"
#include "net/stream.h"
#include "net/websocket.h"
#include "net/websocket_codec.h"
#include "runtime/timer_wheel.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace flux::net {

/// Reads messages for its handler and writes what its owner hands it. At rest it is this object and
/// nothing else. Thread: its shard's.
class WebSocketSession final : public Connection, public WebSocket {
public:
    WebSocketSession(
        NetShard& home,
        Stream stream,
        ConnectionBudget::Ticket ticket,
        const IpAddress& client,
        WebSocketHandler& handler,
        const WebSocketOptions& options
    );

    /// Takes the socket over from the HTTP session that the poller knows it by.
    void Start();

    /// Handles bytes that have been read, unmasking them in place.
    void TakeInput(std::span<char> input);

    /// As TakeInput, at the end of the turn.
    void HoldInput(std::string input);

    Result<std::size_t> Write(std::span<const iovec> parts) override;
    void PauseReading(bool paused) override;
    void Close() override;
    const IpAddress& client() const override { return client_; }
    std::size_t buffered_bytes() const override;

    void OnPoll(std::uint32_t events) override;
    void OnResume() override;
    void OnBuried() override { handler_.OnClosed(); }
    void Abandon() override { Close(); }

private:
    void OnMessageLate();
    using MessageTimer = MemberTimer<WebSocketSession, &WebSocketSession::OnMessageLate>;

    void Handle(const MessageEvent& event);
    void Fault(std::uint16_t code, std::string_view why);
    void ExpectRestOfMessage();
    void WatchWhatMatters();
    void End();

    NetShard& home_;
    WebSocketHandler& handler_;
    Stream stream_;
    bool ended_ = false;
    bool reading_ = true;  // until a close frame or a fault
    bool paused_ = false;
    bool awaits_room_ = false;  // a write came up short
    std::uint32_t watched_ = 0;
    std::uint32_t message_time_max_ms_;
    MessageParser parser_;
    ConnectionBudget::Ticket ticket_;
    const IpAddress client_;
    std::unique_ptr<std::string> held_;           // read, but reading was paused
    std::unique_ptr<MessageTimer> message_late_;  // while a message is incomplete
};

}  // namespace flux::net
