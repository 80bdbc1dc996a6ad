// A WebSocket as an Engine.IO transport: carrying a session, probing for one, or saying goodbye.
#pragma once

#include "net/websocket.h"
#include "runtime/timer_wheel.h"
#include "socketio/close_reason.h"
#include "socketio/outbox.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace flux::socketio {

class EngineShard;
class Session;

/// Lives from the upgrade to the end of the TCP connection, which may be longer than its session:
/// the close frame has to go out and be answered. Owns itself and dies in OnClosed. Thread: its
/// shard's.
class WebSocketTransport final : public net::WebSocketHandler {
public:
    explicit WebSocketTransport(EngineShard& shard)
        : shard_(shard) {}
    WebSocketTransport(const WebSocketTransport&) = delete;
    WebSocketTransport& operator=(const WebSocketTransport&) = delete;
    ~WebSocketTransport() override;

    /// net has made `socket` for this handler; it carries `session` from its first byte.
    void StartOpen(net::WebSocket& socket, Session& session);

    /// As StartOpen, but it has to be probed first.
    void StartProbing(net::WebSocket& socket, Session& session);

    /// As StartOpen, but only to be closed.
    void StartClosing(net::WebSocket& socket, CloseCode code);

    /// The kernel's buffer is full: wait for OnWritable.
    bool blocked() const { return blocked_; }

    /// See net::WebSocket.
    bool acknowledged() const { return socket_->acknowledged(); }

    std::size_t deflate_bytes_max() const {
        return net::DeflateBytesMax(socket_->deflate_window_bits());
    }

    /// Hands `outbox` to the kernel, one gathered write after the other.
    void Flush(Outbox& outbox);

    /// The session is over for this transport. Sends the rest of a partly written frame that
    /// `unsent` may begin with, then the close frame; waits for the peer's for a while.
    void Farewell(CloseCode code, Outbox unsent);
    void Farewell(CloseCode code);

    void OnMessage(net::Opcode opcode, std::string_view payload) override;
    void OnPing(std::string_view payload) override;
    void OnPong() override;
    void OnCloseFrame(std::uint16_t code, std::string_view reason) override;
    void OnFault(std::uint16_t code, std::string_view why) override;
    void OnWritable() override;
    void OnClosed() override;

private:
    enum class Stage : std::uint8_t { kProbing, kProbed, kOpen, kClosing, kGone };

    void OnPrivateDeadline();
    /// What a transport needs only while no session's outbox is behind it.
    struct Private {
        Private(OutboxPool& pool, WebSocketTransport& owner)
            : outbox(pool),
              timer(owner) {}
        Outbox outbox;
        MemberTimer<WebSocketTransport, &WebSocketTransport::OnPrivateDeadline> timer;
    };

    void OnProbeMessage(net::Opcode opcode, std::string_view payload);
    void EndFor(CloseCode code, bool fault);
    void FlushPrivate();
    void MakePrivate(Milliseconds time_max);

    EngineShard& shard_;
    net::WebSocket* socket_ = nullptr;
    Session* session_ = nullptr;
    std::unique_ptr<Private> private_;
    Stage stage_ = Stage::kClosing;
    bool blocked_ = false;
    bool peer_done_ = false;  // the peer's close frame came, or nothing more can be read
};

}  // namespace flux::socketio
