// One Engine.IO session: what a client keeps while its transport changes under it.
#pragma once

#include "net/address.h"
#include "net/http.h"
#include "runtime/timer_wheel.h"
#include "socketio/close_reason.h"
#include "socketio/engine_packet.h"
#include "socketio/engine_stats.h"
#include "socketio/outbox.h"
#include "socketio/session_id.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace flux::socketio {

class EngineShard;
class PollingTransport;
class WebSocketTransport;

/// What speaks through a session: Socket.IO, or a plain echo. Owned by its session. Thread: its
/// shard's.
class SessionHandler {
public:
    virtual ~SessionHandler() = default;

    /// One message. `payload` is valid until the call returns; text is well-formed UTF-8.
    virtual void OnMessage(bool binary, std::string_view payload) = 0;

    /// The deadline set with SetHandlerDeadline has passed.
    virtual void OnHandlerDeadline() {}

    /// Last call.
    virtual void OnSessionClosed(DisconnectReason reason) = 0;
};

/// Born in a handshake on its home shard and stays there. Its transport is polling or a WebSocket;
/// an upgrade changes it once. Whatever it sends goes through one bounded outbox, flushed at the
/// end of the turn.
///
/// Close may be called from anywhere; the object lives on (closed, deaf) until the end of the turn.
/// Thread: its shard's.
class Session final : private WheelTimer {
public:
    /// `request` is the handshake.
    Session(EngineShard& shard, const net::HttpRequest& request);
    ~Session() override;

    std::string_view id() const { return id_.view(); }
    const net::IpAddress& client() const { return client_; }
    EngineShard& shard() const { return shard_; }
    bool closed() const { return closed_; }
    bool polling() const { return polling_ != nullptr; }
    /// Whether a message of so many bytes may go to it compressed.
    bool TakesDeflated(std::size_t bytes) const { return bytes <= deflate_bytes_max_; }
    /// What its client has not read, as far as the kernel did not take it.
    std::size_t queued_bytes() const { return outbox_.bytes() + AnswerBytes(); }

    /// A header of the handshake that the options ask to keep; empty when absent.
    std::string_view HandshakeHeader(std::string_view name) const;

    /// Queues a frame under `policy`. Over the hard bound, or over the soft one for too long, the
    /// session is closed as slow at the end of the turn.
    void Deliver(const FrameRef& frame, DeliveryPolicy policy, std::uint64_t key);
    void Send(const FrameRef& frame) { Deliver(frame, DeliveryPolicy::kEvery, 0); }

    /// What was sent before this moment has surely reached the client: it was acknowledged a while
    /// ago (SocketIoOptions::recovery_read_time), or the client has answered a later ping. To be
    /// asked in SessionHandler::OnSessionClosed.
    SteadyTime ConfirmedAt() const;

    /// Calls the handler's OnHandlerDeadline then; SteadyTime::max() takes the deadline away.
    void SetHandlerDeadline(SteadyTime deadline);

    /// Ends the session: the transport is told `code`, the handler `reason`. Once; later calls do
    /// nothing.
    void Close(DisconnectReason reason, CloseCode code);
    void Close(DisconnectReason reason) { Close(reason, CloseCodeOf(reason)); }
    /// Ends the session as kLimit, because `budget` is used up.
    void CloseOver(Budget budget);

private:
    friend class EngineShard;
    friend class PollingTransport;
    friend class WebSocketTransport;

    // --- for EngineShard ---
    void OpenPolling(net::HttpConnection& connection, const net::HttpRequest& request);
    void OpenWebSocket(WebSocketTransport& transport);
    void SetHandler(std::unique_ptr<SessionHandler> handler) { handler_ = std::move(handler); }
    void OnPollingRequest(net::HttpConnection& connection, const net::HttpRequest& request);
    /// Whether a pong is overdue: then the session is closed on the spot, however late its timer.
    bool CloseIfOverdue(SteadyTime now);
    void Flush();

    // --- for the transports ---
    /// False when the packet breaks the protocol: nothing was done, the caller closes.
    bool OnPacket(const EnginePacket& packet);
    void OnBinary(std::string_view payload);
    bool SpendMessage(std::size_t bytes);
    void OnWebSocketMessage(net::Opcode opcode, std::string_view payload);
    void OnWebSocketPing(std::string_view payload);
    void OnWebSocketClosed(const WebSocketTransport& transport);
    void OnProbed();
    void CompleteUpgrade(WebSocketTransport& transport);
    void OnSentSome();

    void CarryOn(WebSocketTransport& transport);
    std::size_t AnswerBytes() const;
    bool HasReceivedAll() const;
    PushResult Push(const FrameRef& frame, DeliveryPolicy policy, std::uint64_t key);
    void KeepHeaders(const net::HttpRequest& request);
    void OnDeadline() override;
    void OnHeartbeatDue(SteadyTime now);
    void OnPong();
    void ArmTimer();
    bool CanWrite() const;
    void Queued();

    static constexpr SteadyTime kNever = SteadyTime::max();

    EngineShard& shard_;
    Outbox outbox_;
    WebSocketTransport* websocket_ = nullptr;  // it carries the session
    WebSocketTransport* probing_ = nullptr;    // it wants to
    std::unique_ptr<PollingTransport> polling_;
    std::unique_ptr<SessionHandler> handler_;
    std::unique_ptr<char[]> headers_;  // the kept ones' values, each ended by a zero byte
    SteadyTime heartbeat_at_;          // the next ping, or the pong's deadline
    SteadyTime handler_at_ = kNever;
    SteadyTime slow_at_ = kNever;  // closed as slow then, unless it falls below the soft bound
    net::IpAddress client_;
    std::uint32_t deflate_bytes_max_ = 0;  // see net::DeflateBytesMax
    SessionId id_;
    bool awaiting_pong_ = false;
    bool closed_ = false;
    bool dirty_ = false;         // stands in the shard's list of sessions to flush
    bool doomed_ = false;        // stands in the shard's list of sessions to close as slow
    bool received_all_ = false;  // once closed: the client's side has acknowledged all
    bool probed_ = false;        // a WebSocket has been answered `3probe`: polls return at once
};

}  // namespace flux::socketio
