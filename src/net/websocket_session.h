// A connection that speaks WebSocket.
#pragma once

#include "net/connection.h"
#include "net/connection_budget.h"
#include "net/listener.h"
#include "net/stream.h"
#include "net/websocket.h"
#include "net/websocket_codec.h"
#include "net/websocket_extensions.h"
#include "runtime/timer_wheel.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace flux::net {

/// Reads messages for its handler and writes what its owner hands it. At rest it is this object and
/// nothing else. Thread: its shard's.
class WebSocketSession final : public Connection, public WebSocket {
public:
    WebSocketSession(
        NetShard& home,
        const Listener& listener,
        Stream stream,
        ConnectionBudget::Ticket ticket,
        const IpAddress& client,
        WebSocketHandler& handler,
        const WebSocketOptions& options,
        const std::optional<DeflateTerms>& deflate
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
    std::uint8_t deflate_window_bits() const override { return deflate_window_bits_; }
    bool acknowledged() const override;
    std::size_t buffered_bytes() const override;

    void OnPoll(std::uint32_t events) override;
    void OnResume() override;
    void OnBuried() override { handler_.OnClosed(); }
    void Abandon() override { Close(); }

private:
    void OnMessageLate();
    /// What there is only while a message is not whole.
    struct Unfinished {
        Unfinished(WebSocketSession& owner, InboundBudget& budget)
            : late(owner),
              charge(budget, owner.client_) {}
        MemberTimer<WebSocketSession, &WebSocketSession::OnMessageLate> late;
        InboundBudget::Charge charge;
    };

    void Handle(const MessageEvent& event);
    void Fault(std::uint16_t code, std::string_view why);
    void ExpectRestOfMessage();
    void StopReading();
    void WatchWhatMatters();
    void End();

    NetShard& home_;
    WebSocketHandler& handler_;
    Stream stream_;
    bool ended_ = false;
    bool acknowledged_ = false;  // once ended
    bool reading_ = true;        // until a close frame or a fault
    bool paused_ = false;
    bool awaits_room_ = false;  // a write came up short
    const std::uint8_t deflate_window_bits_;
    const std::uint16_t listener_;  // Listener::index
    std::uint32_t watched_ = 0;
    std::uint32_t message_time_max_ms_;
    MessageParser parser_;
    ConnectionBudget::Ticket ticket_;
    const IpAddress client_;
    std::unique_ptr<std::string> held_;  // read, but reading was paused
    std::unique_ptr<Unfinished> unfinished_;
};

}  // namespace flux::net
