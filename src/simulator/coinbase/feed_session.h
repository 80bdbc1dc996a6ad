// One client of the simulated feed.
#pragma once

#include "base/shared_bytes.h"
#include "net/websocket.h"
#include "runtime/shard.h"
#include "runtime/timer_wheel.h"
#include "simulator/coinbase/feed_request.h"
#include "simulator/coinbase/frame_queue.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

class Exchange;

/// Holds what a client has subscribed to and what waits to be sent to it. Owned by the Exchange
/// from its handshake to OnClosed. Thread: the exchange's shard.
class FeedSession final : public net::WebSocketHandler {
public:
    FeedSession(Exchange& exchange, std::uint64_t id);

    /// The handshake is answered; frames go to `socket`.
    void Open(net::WebSocket* socket);

    bool WantsTicker(std::string_view product) const { return tickers_.contains(product); }
    const std::set<std::string, std::less<>>& heartbeats() const { return heartbeats_; }
    const std::set<std::string, std::less<>>& tickers() const { return tickers_; }
    std::uint64_t id() const { return id_; }
    std::size_t queued_bytes() const { return queue_.bytes(); }

    /// Sends one frame (see EncodeFrame). A client that reads too slowly is told so and closed.
    void Send(const SharedBytes& frame);
    void SendText(std::string_view payload);

    /// Error ErrSlowConsume, then the end.
    void EndAsSlow();

    /// The TCP connection breaks, without a goodbye.
    void Drop();

    /// A close frame with `code`, then the end.
    void Close(std::uint16_t code);

private:
    void OnMessage(net::Opcode opcode, std::string_view payload) override;
    void OnPing(std::string_view payload) override;
    void OnCloseFrame(std::uint16_t code, std::string_view reason) override;
    void OnFault(std::uint16_t code, std::string_view why) override;
    void OnWritable() override { queue_.OnWritable(); }
    void OnClosed() override;

    void OnFirstMessageDue();
    bool TooManyMessages();
    void Subscribe(const FeedRequest& request);
    void Unsubscribe(const FeedRequest& request);
    /// The channel's products, or nullptr (and an error frame) when there is no such channel.
    std::set<std::string, std::less<>>* FindChannel(std::string_view name);
    void Refuse(std::string_view reason);
    void Acknowledge();

    Exchange& exchange_;
    const std::uint64_t id_;
    FrameQueue queue_;
    std::set<std::string, std::less<>> tickers_;
    std::set<std::string, std::less<>> heartbeats_;
    SteadyTime second_began_;
    std::size_t messages_this_second_ = 0;
    MemberTimer<FeedSession, &FeedSession::OnFirstMessageDue> first_message_due_{*this};
};

}  // namespace flux::simulator
