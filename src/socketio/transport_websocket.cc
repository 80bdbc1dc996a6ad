#include "socketio/transport_websocket.h"

#include "base/assert.h"
#include "limits/limits.h"
#include "socketio/engine_shard.h"
#include "socketio/session.h"

#include <array>
#include <string>

namespace flux::socketio {
namespace {

/// The longest reason a close frame carries: a control frame has 125 bytes, two of them the code.
constexpr std::size_t kReasonBytesMax = 123;
constexpr std::uint16_t kNoCode = 1005;

SharedFrame CloseFrame(CloseCode code) {
    if (code.number == kNoCode) return EncodeFrames(net::Opcode::kClose, {});
    std::string payload;
    payload += static_cast<char>(code.number >> 8);
    payload += static_cast<char>(code.number & 0xff);
    payload += code.text.substr(0, kReasonBytesMax);
    const std::string_view piece = payload;
    return EncodeFrames(net::Opcode::kClose, {&piece, 1});
}

}  // namespace

WebSocketTransport::~WebSocketTransport() = default;

void WebSocketTransport::StartOpen(net::WebSocket& socket, Session& session) {
    socket_ = &socket;
    session_ = &session;
    stage_ = Stage::kOpen;
    shard_.TransportOpened();
}

void WebSocketTransport::StartProbing(net::WebSocket& socket, Session& session) {
    StartOpen(socket, session);
    stage_ = Stage::kProbing;
    MakePrivate(shard_.options().upgrade_time_max);
}

void WebSocketTransport::StartClosing(net::WebSocket& socket, CloseCode code) {
    socket_ = &socket;
    shard_.TransportOpened();
    stage_ = Stage::kProbing;
    Farewell(code);
}

void WebSocketTransport::MakePrivate(Milliseconds time_max) {
    if (private_ == nullptr) private_ = std::make_unique<Private>(shard_.outboxes(), *this);
    shard_.shard().timers().Arm(private_->timer, shard_.shard().clock().Now() + time_max);
}

void WebSocketTransport::Flush(Outbox& outbox) {
    std::array<iovec, limits::kGatherFramesMax> parts;
    while (!blocked_ && !outbox.empty()) {
        const std::size_t count = outbox.Gather(parts);
        std::size_t offered = 0;
        for (std::size_t i = 0; i < count; ++i)
            offered += parts[i].iov_len;
        const Result<std::size_t> taken =
            socket_->Write(std::span<const iovec>(parts.data(), count));
        if (!taken) {
            blocked_ = true;  // OnClosed follows
            return;
        }
        EngineStats& stats = shard_.stats();
        stats.writes.Add();
        stats.bytes_out.Add(*taken);
        stats.packets_out.Add(outbox.Consume(*taken));
        blocked_ = *taken < offered;
    }
}

void WebSocketTransport::Farewell(CloseCode code) {
    Farewell(code, Outbox(shard_.outboxes()));
}

void WebSocketTransport::Farewell(CloseCode code, Outbox unsent) {
    if (stage_ == Stage::kClosing || stage_ == Stage::kGone) return;
    session_ = nullptr;
    MakePrivate(shard_.options().close_time_max);
    // While probing there is no session's outbox, but a reply to the probe may be half-written.
    if (stage_ != Stage::kOpen) unsent = std::move(private_->outbox);
    stage_ = Stage::kClosing;
    unsent.DropUnsent();
    unsent.PushControl(shard_.frames().Share(CloseFrame(code)));
    private_->outbox = std::move(unsent);
    FlushPrivate();
}

void WebSocketTransport::FlushPrivate() {
    Flush(private_->outbox);
    if (stage_ == Stage::kClosing && peer_done_ && private_->outbox.empty()) {
        stage_ = Stage::kGone;
        socket_->Close();
    }
}

void WebSocketTransport::OnPrivateDeadline() {
    if (stage_ == Stage::kClosing) {
        stage_ = Stage::kGone;
        socket_->Close();
    } else {
        EndFor(ProtocolFault("the upgrade took too long"), true);
    }
}

/// The WebSocket ends: with its session, or, while it only probes, alone.
void WebSocketTransport::EndFor(CloseCode code, bool fault) {
    if (stage_ == Stage::kOpen) {
        session_->Close(
            fault ? DisconnectReason::kTransportError : DisconnectReason::kTransportClose, code
        );
        return;
    }
    if (fault) shard_.stats().probes_refused.Add();
    if (session_ != nullptr) session_->OnWebSocketClosed(*this);
    Farewell(code);
}

void WebSocketTransport::OnMessage(net::Opcode opcode, std::string_view payload) {
    if (stage_ == Stage::kOpen) {
        session_->OnWebSocketMessage(opcode, payload);
    } else if (stage_ == Stage::kProbing || stage_ == Stage::kProbed) {
        OnProbeMessage(opcode, payload);
    }
}

void WebSocketTransport::OnProbeMessage(net::Opcode opcode, std::string_view payload) {
    const bool text = opcode == net::Opcode::kText;
    if (text && payload == "2probe" && stage_ == Stage::kProbing) {
        stage_ = Stage::kProbed;
        private_->outbox.PushControl(shard_.PacketFrame("3probe"));
        FlushPrivate();
        session_->OnProbed();
        return;
    }
    if (text && payload == "5" && stage_ == Stage::kProbed && private_->outbox.empty()) {
        stage_ = Stage::kOpen;
        private_.reset();
        session_->CompleteUpgrade(*this);
        return;
    }
    EndFor(ProtocolFault("a probe was expected"), true);
}

void WebSocketTransport::OnPing(std::string_view payload) {
    if (stage_ == Stage::kOpen) {
        session_->OnWebSocketPing(payload);
    } else if (stage_ == Stage::kProbing || stage_ == Stage::kProbed) {
        if (!session_->SpendMessage(payload.size())) return;
        if (!private_->outbox.empty()) return;  // a pong for the latest ping is enough
        private_->outbox.PushControl(
            shard_.frames().Share(EncodeFrames(net::Opcode::kPong, {&payload, 1}))
        );
        FlushPrivate();
    }
}

/// Nobody asked for one: Engine.IO has a heartbeat of its own. It counts as a message all the same.
void WebSocketTransport::OnPong() {
    if (session_ != nullptr) (void)session_->SpendMessage(0);
}

void WebSocketTransport::OnCloseFrame(std::uint16_t code, std::string_view) {
    peer_done_ = true;
    if (stage_ == Stage::kClosing) {
        FlushPrivate();
    } else if (stage_ != Stage::kGone) {
        EndFor({code, {}}, false);
    }
}

void WebSocketTransport::OnFault(std::uint16_t code, std::string_view why) {
    peer_done_ = true;
    if (stage_ == Stage::kClosing) {
        FlushPrivate();
    } else if (stage_ != Stage::kGone) {
        EndFor({code, why}, true);
    }
}

void WebSocketTransport::OnWritable() {
    blocked_ = false;
    if (stage_ == Stage::kOpen) {
        session_->Queued();
    } else if (private_ != nullptr && stage_ != Stage::kGone) {
        FlushPrivate();
    }
}

void WebSocketTransport::OnClosed() {
    stage_ = Stage::kGone;
    shard_.TransportClosed();
    if (session_ != nullptr) session_->OnWebSocketClosed(*this);
    delete this;
}

}  // namespace flux::socketio
