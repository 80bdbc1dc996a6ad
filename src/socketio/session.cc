#include "socketio/session.h"

#include "base/assert.h"
#include "limits/limits.h"
#include "socketio/engine_shard.h"
#include "socketio/transport_polling.h"
#include "socketio/transport_websocket.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

namespace flux::socketio {
namespace {

/// The key of WebSocket pongs in the outbox: only the newest has to be sent (RFC 6455, 5.5.3).
constexpr std::uint64_t kPongKey = ~std::uint64_t{0};

/// A timer that fires later than this was held up by us, and the client is given the time back.
constexpr Milliseconds kHeldUp{50};

}  // namespace

Session::Session(EngineShard& shard, const net::HttpRequest& request)
    : shard_(shard),
      outbox_(shard.outboxes()),
      // Not Shard::now(): the first handler of a turn still sees the time of the turn before.
      heartbeat_at_(shard.shard().clock().Now() + shard.options().ping_interval),
      client_(request.client),
      id_(SessionId::Make(shard.options().gateway_id, shard.shard().id())) {
    KeepHeaders(request);
    ArmTimer();
}

Session::~Session() = default;

void Session::KeepHeaders(const net::HttpRequest& request) {
    std::string kept;
    for (const std::string& name : shard_.options().handshake_headers) {
        const std::string_view value = request.Header(name);
        if (kept.size() + value.size() < limits::kHandshakeHeaderBytesMax) kept += value;
        kept += '\0';
    }
    if (kept.find_first_not_of('\0') == std::string::npos) return;
    headers_ = std::make_unique<char[]>(kept.size());
    std::memcpy(headers_.get(), kept.data(), kept.size());
}

std::string_view Session::HandshakeHeader(std::string_view name) const {
    if (headers_ == nullptr) return {};
    const char* value = headers_.get();
    for (const std::string& kept : shard_.options().handshake_headers) {
        const std::string_view text(value);
        const bool same = std::equal(
            kept.begin(),
            kept.end(),
            name.begin(),
            name.end(),
            [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); }
        );
        if (same) return text;
        value += text.size() + 1;
    }
    return {};
}

// --- opening ---

void Session::OpenPolling(net::HttpConnection& connection, const net::HttpRequest& request) {
    const SocketIoOptions& options = shard_.options();
    polling_ = std::make_unique<PollingTransport>(*this);
    outbox_.PushControl(shard_.PacketFrame(OpenPacket(
        id(),
        true,
        options.ping_interval.count(),
        options.ping_timeout.count(),
        options.payload_bytes_max
    )));
    polling_->OnRequest(connection, request);
}

void Session::OpenWebSocket(WebSocketTransport& transport) {
    const SocketIoOptions& options = shard_.options();
    CarryOn(transport);
    outbox_.PushControl(shard_.PacketFrame(OpenPacket(
        id(),
        false,
        options.ping_interval.count(),
        options.ping_timeout.count(),
        options.payload_bytes_max
    )));
    Queued();
}

void Session::CarryOn(WebSocketTransport& transport) {
    websocket_ = &transport;
    constexpr std::size_t kAny = std::numeric_limits<std::uint32_t>::max();
    deflate_bytes_max_ = static_cast<std::uint32_t>(std::min(transport.deflate_bytes_max(), kAny));
    if (deflate_bytes_max_ != 0) shard_.DeflatingSessions(true);
}

void Session::OnPollingRequest(net::HttpConnection& connection, const net::HttpRequest& request) {
    polling_->OnRequest(connection, request);
}

// --- sending ---

std::size_t Session::AnswerBytes() const {
    return polling_ == nullptr ? 0 : polling_->unsent_bytes();
}

/// An answer that is still being sent takes its room away from the outbox.
PushResult Session::Push(const FrameRef& frame, DeliveryPolicy policy, std::uint64_t key) {
    const std::size_t bytes_max = shard_.options().outbox_bytes_hard;
    const std::size_t answer = AnswerBytes();
    if (answer == 0) return outbox_.Push(frame, policy, key, bytes_max);
    const std::size_t room = bytes_max - std::min(answer, bytes_max);
    if (outbox_.empty() && frame.size() > room) return PushResult::kOverHardLimit;
    return outbox_.Push(frame, policy, key, room);
}

void Session::Deliver(const FrameRef& frame, DeliveryPolicy policy, std::uint64_t key) {
    if (closed_ || doomed_) return;
    const SocketIoOptions& options = shard_.options();
    switch (Push(frame, policy, key)) {
        case PushResult::kQueued:
            break;
        case PushResult::kConflated:
            shard_.stats().frames_conflated.Add();
            break;
        case PushResult::kOverHardLimit:
            shard_.CloseLater(*this, DisconnectReason::kSlow);
            return;
    }
    const std::size_t queued = queued_bytes();
    shard_.NoteOutboxBytes(queued);
    if (queued > options.outbox_bytes_soft && slow_at_ == kNever) {
        slow_at_ = shard_.shard().clock().Now() + options.slow_time_max;
        ArmTimer();
    }
    if (dirty_) return;
    if (CanWrite()) {
        Queued();
    } else if (shard_.UnderPressure()) {
        shard_.CloseForPressure(*this);
    }
}

bool Session::CanWrite() const {
    return websocket_ != nullptr ? !websocket_->blocked()
                                 : polling_ != nullptr && polling_->waiting();
}

void Session::Queued() {
    if (dirty_ || !CanWrite()) return;
    dirty_ = true;
    shard_.MarkDirty(*this);
}

void Session::Flush() {
    dirty_ = false;
    if (closed_) return;
    if (websocket_ != nullptr) {
        websocket_->Flush(outbox_);
    } else if (polling_ != nullptr) {
        polling_->Flush(outbox_);
    }
    OnSentSome();
}

void Session::OnSentSome() {
    if (slow_at_ != kNever && queued_bytes() <= shard_.options().outbox_bytes_soft) {
        slow_at_ = kNever;
    }
}

// --- time ---

void Session::SetHandlerDeadline(SteadyTime deadline) {
    handler_at_ = deadline;
    if (!closed_) ArmTimer();
}

void Session::ArmTimer() {
    const SteadyTime due = std::min({heartbeat_at_, handler_at_, slow_at_});
    if (!armed() || due < deadline()) shard_.shard().timers().Arm(*this, due);
}

void Session::OnDeadline() {
    const SteadyTime now = shard_.shard().now();
    if (heartbeat_at_ <= now) OnHeartbeatDue(now);
    OnSentSome();  // of an answer, the progress is not told
    if (!closed_ && slow_at_ <= now) Close(DisconnectReason::kSlow);
    if (!closed_ && handler_at_ <= now) {
        handler_at_ = kNever;
        handler_->OnHandlerDeadline();
    }
    if (!closed_) ArmTimer();
}

void Session::OnHeartbeatDue(SteadyTime now) {
    if (awaiting_pong_) {
        Close(DisconnectReason::kPingTimeout);
        return;
    }
    awaiting_pong_ = true;
    // From the moment the ping was due, not from the wheel's next tick: a client counts the same.
    const SteadyTime from = now - heartbeat_at_ > kHeldUp ? now : heartbeat_at_;
    heartbeat_at_ = from + shard_.options().ping_timeout;
    outbox_.PushControl(shard_.ping_frame());
    Queued();
}

bool Session::CloseIfOverdue(SteadyTime now) {
    if (awaiting_pong_ && now >= heartbeat_at_) Close(DisconnectReason::kPingTimeout);
    return closed_;
}

void Session::OnPong() {
    if (!awaiting_pong_) return;
    awaiting_pong_ = false;
    heartbeat_at_ = shard_.shard().clock().Now() + shard_.options().ping_interval;
    ArmTimer();
}

// --- receiving ---

bool Session::OnPacket(const EnginePacket& packet) {
    shard_.stats().packets_in.Add();
    if (!SpendMessage(packet.data.size())) return true;
    switch (packet.type) {
        case EngineType::kMessage:
            shard_.stats().bytes_in.Add(packet.data.size());
            handler_->OnMessage(false, packet.data);
            return true;
        case EngineType::kPong:
            OnPong();
            return true;
        case EngineType::kClose:
            Close(DisconnectReason::kTransportClose);
            return true;
        case EngineType::kNoop:
            return true;
        case EngineType::kOpen:
        case EngineType::kPing:
        case EngineType::kUpgrade:
            return false;
    }
    return false;
}

void Session::OnBinary(std::string_view payload) {
    shard_.stats().packets_in.Add();
    shard_.stats().bytes_in.Add(payload.size());
    if (SpendMessage(payload.size())) handler_->OnMessage(true, payload);
}

/// Takes one packet, of whatever kind, from the budgets; closes the session when one is used up.
bool Session::SpendMessage(std::size_t bytes) {
    const std::optional<Budget> over =
        shard_.shared().SpendMessage(client_, bytes, shard_.shard().clock());
    if (over) CloseOver(*over);
    return !over;
}

void Session::OnWebSocketMessage(net::Opcode opcode, std::string_view payload) {
    if (CloseIfOverdue(shard_.shard().clock().Now())) return;
    if (opcode == net::Opcode::kBinary) {
        OnBinary(payload);
        return;
    }
    const std::optional<EnginePacket> packet = ParseEnginePacket(payload);
    if (!packet || !OnPacket(*packet)) {
        Close(DisconnectReason::kTransportError, ProtocolFault("invalid Engine.IO packet"));
    }
}

void Session::OnWebSocketPing(std::string_view payload) {
    if (!SpendMessage(payload.size())) return;
    outbox_.PushControl(
        shard_.frames().Share(EncodeFrames(net::Opcode::kPong, {&payload, 1})), kPongKey
    );
    Queued();
}

// --- changing transports ---

void Session::OnProbed() {
    probed_ = true;
    if (polling_ != nullptr) polling_->Answer("6");
}

void Session::CompleteUpgrade(WebSocketTransport& transport) {
    FLUX_ASSERT(probing_ == &transport && polling_ != nullptr);
    polling_->Answer("6");
    polling_.reset();
    probing_ = nullptr;
    probed_ = false;
    CarryOn(transport);
    shard_.stats().upgrades.Add();
    if (!outbox_.empty()) Queued();
}

void Session::OnWebSocketClosed(const WebSocketTransport& transport) {
    if (probing_ == &transport) {
        probing_ = nullptr;
        probed_ = false;
    } else if (websocket_ == &transport) {
        received_all_ = HasReceivedAll();
        websocket_ = nullptr;
        Close(DisconnectReason::kTransportClose);
    }
}

bool Session::HasReceivedAll() const {
    if (!outbox_.empty()) return false;
    return websocket_ != nullptr ? websocket_->acknowledged() : polling_->waiting();
}

SteadyTime Session::ConfirmedAt() const {
    const SocketIoOptions& options = shard_.options();
    if (received_all_ && !awaiting_pong_) {
        return shard_.shard().clock().Now() - options.recovery_read_time;
    }
    // The ping that was answered last was sent at most its time-out before.
    const Milliseconds since_pong =
        awaiting_pong_ ? options.ping_interval + options.ping_timeout : options.ping_interval;
    return heartbeat_at_ - since_pong - options.ping_timeout;
}

void Session::CloseOver(Budget budget) {
    if (closed_) return;
    shard_.CountOver(budget);
    Close(DisconnectReason::kLimit);
}

void Session::Close(DisconnectReason reason, CloseCode code) {
    if (closed_) return;
    if (websocket_ != nullptr || polling_ != nullptr) received_all_ = HasReceivedAll();
    closed_ = true;
    if (deflate_bytes_max_ != 0) shard_.DeflatingSessions(false);
    Disarm();
    shard_.stats().closed[static_cast<std::size_t>(reason)].Add();
    if (probing_ != nullptr) std::exchange(probing_, nullptr)->Farewell(code);
    if (polling_ != nullptr) {
        polling_->End(reason, code);
    }
    shard_.stats().frames_dropped.Add(outbox_.frames());
    if (websocket_ != nullptr) {
        std::exchange(websocket_, nullptr)->Farewell(code, std::move(outbox_));
    }
    outbox_.Clear();
    shard_.Bury(*this);
    if (handler_ != nullptr) handler_->OnSessionClosed(reason);
}

}  // namespace flux::socketio
