#include "socketio/engine_shard.h"

#include "base/assert.h"
#include "socketio/engine_error.h"
#include "socketio/frame_choice.h"
#include "socketio/transport_websocket.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace flux::socketio {
namespace {

/// Sessions flushed between two looks at what arrived meanwhile.
constexpr std::size_t kFlushesPerLook = 32;

/// How long one turn goes on taking news: then sockets are read again first.
constexpr Milliseconds kTurnTimeMax{8};

constexpr Milliseconds kDrainStep{20};

/// A share of the soft bound, so that a healthy client is never over it between two flushes.
std::size_t NewsBytesPerFlush(const SocketIoOptions& options) {
    return options.outbox_bytes_soft / 4;
}

bool IsUpgrade(const net::HttpRequest& request) {
    const std::string_view upgrade = request.Header("upgrade");
    constexpr std::string_view kWebSocket = "websocket";
    return std::equal(
        upgrade.begin(),
        upgrade.end(),
        kWebSocket.begin(),
        kWebSocket.end(),
        [](unsigned char a, unsigned char b) { return std::tolower(a) == b; }
    );
}

}  // namespace

EngineShard::EngineShard(Shard& shard, EngineShared& shared, EngineStats& stats)
    : shard_(shard),
      shared_(shared),
      stats_(stats),
      outbound_bytes_max_(std::max(
          shared.options.outbound_bytes_max / shared.shards, limits::kOutboundBytesPerShardMin
      )),
      ping_frame_(PacketFrame("2")) {}

EngineShard::~EngineShard() {
    while (!sessions_.empty())
        (*sessions_.begin())->Close(DisconnectReason::kTransportClose);
    buried_.clear();
    // net::Server must have been stopped: a live WebSocket would call a handler that is gone.
    FLUX_ASSERT(transports_ == 0);
    if (app_ != nullptr) shard_.RemoveTurnHook(*this);
}

void EngineShard::SetApp(EngineApp& app) {
    app_ = &app;
    shard_.AddTurnHook(*this);
}

FrameRef EngineShard::PacketFrame(std::string_view packet) {
    return frames_.Share(EncodeFrames(net::Opcode::kText, {&packet, 1}));
}

SharedFrame EngineShard::Deflated(const SharedFrame& frame) {
    bool made = false;
    SharedFrame deflated = frame.Deflated(deflater_, options().compression_bytes_min, &made);
    if (made) {
        stats_.deflated.Add();
        stats_.deflate_bytes_in.Add(frame.size());
        stats_.deflate_bytes_out.Add(deflated.empty() ? frame.size() : deflated.size());
    }
    return deflated;
}

FrameRef EngineShard::FrameFor(const Session& session, const SharedFrame& frame) {
    return FrameChoice(*this, frame, 1).For(session);
}

net::WebSocketOptions EngineShard::SocketOptions() const {
    return {
        .message_bytes_max = options().payload_bytes_max,
        .message_time_max = options().message_time_max,
        .deflate = options().compression != Compression::kOff,
    };
}

// --- requests ---

std::optional<ShardId> EngineShard::HomeOf(const net::HttpRequest& head) const {
    const std::optional<SessionPlace> place = PlaceOf(SidInQuery(head.query));
    if (!place || place->gateway_id != options().gateway_id) return std::nullopt;
    if (place->shard.value() >= shared_.shards) return std::nullopt;
    return place->shard;
}

std::size_t EngineShard::BodyBytesMax(const net::HttpRequest& head) const {
    return head.method == net::Method::kPost ? options().payload_bytes_max : 0;
}

bool EngineShard::WantsBody(const net::HttpRequest& head) const {
    if (head.method != net::Method::kPost || !shared_.origins.Allows(head)) return false;
    if (head.QueryParameter("transport") != "polling") return false;
    const Session* const session = Find(head.QueryParameter("sid"));
    return session != nullptr && session->polling();
}

void EngineShard::OnBodyTooLarge(const net::HttpRequest& head) {
    // Other methods have no body; what comes with one ends nobody's session.
    if (head.method != net::Method::kPost) return;
    Session* const session = Find(SidInQuery(head.query));
    if (session == nullptr) return;
    session->Close(DisconnectReason::kTransportError, {1009, "the body is too large"});
}

void EngineShard::OnRequest(net::HttpConnection& connection, const net::HttpRequest& request) {
    if (!shared_.origins.Allows(request)) {
        Refuse(connection, request, Refusal::kForbiddenOrigin);
        return;
    }
    if (request.method == net::Method::kOptions) {
        connection.Respond(shared_.origins.Preflight(request));
        return;
    }
    const std::string transport = request.QueryParameter("transport");
    const bool websocket = transport == "websocket";
    if (!websocket && !(transport == "polling" && options().polling)) {
        Refuse(connection, request, Refusal::kUnknownTransport);
        return;
    }
    bool has_sid = false;
    const std::string sid = request.QueryParameter("sid", &has_sid);
    if (has_sid) {
        WithSession(connection, request, sid, websocket);
    } else {
        Handshake(connection, request, websocket);
    }
}

void EngineShard::Handshake(
    net::HttpConnection& connection, const net::HttpRequest& request, bool websocket
) {
    if (const std::optional<Refusal> refusal = CheckHandshake(request, websocket)) {
        Refuse(connection, request, *refusal);
        return;
    }
    // Counted from here on, so that Bury has something to take back.
    if (!shared_.sessions_of_address.Enter(request.client)) {
        return Refuse(connection, request, Refusal::kAddressSessionsMax);
    }
    // Last, so that nothing which is refused anyway takes from what all share.
    if (const auto refusal = shared_.SpendHandshake(request.client, shard_.clock())) {
        shared_.sessions_of_address.Leave(request.client);
        return Refuse(connection, request, *refusal);
    }
    if (websocket) {
        HandshakeWebSocket(connection, request);
    } else {
        stats_.handshakes_polling.Add();
        Session& session = AddSession(std::make_unique<Session>(*this, request));
        session.OpenPolling(connection, request);
        session.SetHandler(app_->OnOpen(session));
    }
}

std::optional<Refusal> EngineShard::CheckHandshake(
    const net::HttpRequest& request, bool websocket
) {
    if (request.method != net::Method::kGet) return Refusal::kBadMethod;
    if (websocket && !IsUpgrade(request)) return Refusal::kBadRequest;
    if (request.QueryParameter("EIO") != "4") return Refusal::kUnsupportedVersion;
    if (drain_) return Refusal::kDraining;
    if (shared_.sessions.load(std::memory_order_relaxed) >= options().sessions_max) {
        return Refusal::kSessionsMax;
    }
    return std::nullopt;
}

void EngineShard::HandshakeWebSocket(
    net::HttpConnection& connection, const net::HttpRequest& request
) {
    auto transport = std::make_unique<WebSocketTransport>(*this);
    auto session = std::make_unique<Session>(*this, request);
    const net::IpAddress client = request.client;
    net::WebSocket* socket = connection.Upgrade(request, *transport, SocketOptions());
    if (socket == nullptr) {
        shared_.sessions_of_address.Leave(client);
        return;
    }
    stats_.handshakes_websocket.Add();
    Session& added = AddSession(std::move(session));
    transport->StartOpen(*socket, added);
    added.OpenWebSocket(*transport.release());  // it owns itself from here on
    added.SetHandler(app_->OnOpen(added));
}

void EngineShard::WithSession(
    net::HttpConnection& connection,
    const net::HttpRequest& request,
    std::string_view sid,
    bool websocket
) {
    const std::optional<SessionPlace> place = PlaceOf(sid);
    if (place && place->gateway_id != options().gateway_id) {
        Refuse(
            connection,
            request,
            Refusal::kOtherGateway,
            fmt::format(
                "Session ID unknown: it belongs to gateway '{}', this is '{}'",
                place->gateway_id,
                options().gateway_id
            )
        );
        return;
    }
    Session* session = Find(sid);
    if (session == nullptr || session->CloseIfOverdue(shard_.clock().Now())) {
        Refuse(connection, request, Refusal::kUnknownSession);
    } else if (websocket && IsUpgrade(request) && request.method == net::Method::kGet) {
        ProbeWebSocket(connection, request, *session);
    } else if (websocket || !session->polling() || (request.method != net::Method::kGet && request.method != net::Method::kPost)) {
        Refuse(connection, request, Refusal::kBadRequest);
    } else {
        session->OnPollingRequest(connection, request);
    }
}

void EngineShard::ProbeWebSocket(
    net::HttpConnection& connection, const net::HttpRequest& request, Session& session
) {
    if (!session.SpendMessage(0)) return Refuse(connection, request, Refusal::kUnknownSession);
    auto transport = std::make_unique<WebSocketTransport>(*this);
    net::WebSocket* socket = connection.Upgrade(request, *transport, SocketOptions());
    if (socket == nullptr) return;
    WebSocketTransport* started = transport.release();  // it owns itself from here on
    if (!session.polling() || session.probing_ != nullptr) {
        // As the reference server: the handshake succeeds, then the newcomer is closed.
        stats_.probes_refused.Add();
        started->StartClosing(*socket, ProtocolFault("the session has a WebSocket already"));
        return;
    }
    session.probing_ = started;
    started->StartProbing(*socket, session);
}

void EngineShard::Refuse(
    net::HttpConnection& connection,
    const net::HttpRequest& request,
    Refusal refusal,
    std::string_view message
) {
    CountRefused(refusal);
    net::HttpResponse response = ErrorResponse(refusal, message);
    if (refusal != Refusal::kForbiddenOrigin) {
        shared_.origins.AppendHeaders(request.Header("origin"), response.headers);
    }
    connection.Respond(std::move(response));
}

// --- sessions ---

Session& EngineShard::AddSession(std::unique_ptr<Session> session) {
    Session& added = **sessions_.insert(std::move(session)).first;
    stats_.sessions.Set(static_cast<std::int64_t>(sessions_.size()));
    shared_.sessions.fetch_add(1, std::memory_order_relaxed);
    return added;
}

Session* EngineShard::Find(std::string_view sid) const {
    const auto found = sessions_.find(sid);
    return found == sessions_.end() ? nullptr : found->get();
}

void EngineShard::Bury(Session& session) {
    const auto found = sessions_.find(session.id());
    FLUX_ASSERT(found != sessions_.end());
    buried_.push_back(std::move(sessions_.extract(found).value()));
    stats_.sessions.Set(static_cast<std::int64_t>(sessions_.size()));
    shared_.sessions.fetch_sub(1, std::memory_order_relaxed);
    shared_.sessions_of_address.Leave(session.client());
}

void EngineShard::CloseLater(Session& session, DisconnectReason reason) {
    if (session.closed_ || session.doomed_) return;
    session.doomed_ = true;
    doomed_.emplace_back(&session, reason);
}

void EngineShard::CloseForPressure(Session& session) {
    if (session.closed_ || session.doomed_) return;
    CountOver(Budget::kOutboundBytes);
    CloseLater(session, DisconnectReason::kSlow);
}

// --- the end of a turn ---

void EngineShard::AtTurnEnd() {
    const SteadyTime turn_ends = shard_.clock().Now() + kTurnTimeMax;
    if (app_->HasNews()) app_->TakeNews(NewsBytesPerFlush(options()));
    // Closing a session may make others dirty or doomed, and the other way round.
    while (!dirty_.empty() || !doomed_.empty()) {
        FlushDirty(turn_ends);
        CloseDoomed();
    }
    app_->OnTurnEnd();
    buried_.clear();
    stats_.outbound_bytes.Set(static_cast<std::int64_t>(outbound_bytes()));
    // What is left over, or came from a destructor just now, is for the next turn.
    if (app_->HasNews() || !dirty_.empty() || !doomed_.empty()) shard_.Wake();
    if (drain_ && CheckDrained()) {
        UniqueFunction<void()> done = std::move(drain_->done);
        if (done) done();
    }
}

void EngineShard::FlushDirty(SteadyTime turn_ends) {
    // By index: news makes sessions dirty while they are being walked, flushed ones again at the
    // end of the list.
    std::size_t news_left = NewsBytesPerFlush(options());
    std::size_t news_bytes_per_look = news_left / 4;
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
        if (i % kFlushesPerLook == kFlushesPerLook - 1 && app_->HasNews() && news_left > 0 &&
            shard_.clock().Now() < turn_ends) {
            app_->TakeNews(news_bytes_per_look);
            news_left -= std::min(news_left, news_bytes_per_look);
        }
        dirty_[i]->Flush();
    }
    dirty_.clear();
}

void EngineShard::CloseDoomed() {
    std::vector<std::pair<Session*, DisconnectReason>> doomed = std::move(doomed_);
    doomed_.clear();
    for (const auto& [session, reason] : doomed)
        session->Close(reason);
}

// --- stopping ---

void EngineShard::Drain(DisconnectReason reason, Milliseconds window, UniqueFunction<void()> done) {
    FLUX_ASSERT(!drain_);
    drain_ = DrainPlan{reason, shard_.clock().Now(), window, sessions_.size(), std::move(done)};
    OnDrainDue();
}

void EngineShard::OnDrainDue() {
    const auto passed =
        std::chrono::duration_cast<Milliseconds>(shard_.clock().Now() - drain_->started);
    std::size_t left = 0;  // how many sessions should still be open by now
    if (passed < drain_->window) {
        left = drain_->total * static_cast<std::size_t>((drain_->window - passed).count()) /
               static_cast<std::size_t>(drain_->window.count());
    }
    while (sessions_.size() > left)
        (*sessions_.begin())->Close(drain_->reason);
    if (sessions_.empty()) {
        shard_.Wake();  // for CheckDrained, should nothing else happen
    } else {
        shard_.timers().Arm(drain_timer_, shard_.clock().Now() + kDrainStep);
    }
}

bool EngineShard::CheckDrained() {
    return sessions_.empty() && transports_ == 0 && drain_->done;
}

}  // namespace flux::socketio
