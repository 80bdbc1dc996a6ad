// The Engine.IO sessions of one shard: who they are, what they ask, when they are flushed.
#pragma once

#include "net/deflater.h"
#include "net/http.h"
#include "runtime/shard.h"
#include "socketio/engine_shared.h"
#include "socketio/engine_stats.h"
#include "socketio/session.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace flux::socketio {

/// What is served through the sessions of one shard. Thread: its shard's.
class EngineApp {
public:
    virtual ~EngineApp() = default;

    /// A session has opened; its handler lives as long as it does.
    virtual std::unique_ptr<SessionHandler> OnOpen(Session& session) = 0;

    /// Takes what arrived from elsewhere (a ring) into the sessions' outboxes. `bytes_max` bounds
    /// how much of it; at least one piece is taken.
    virtual void TakeNews([[maybe_unused]] std::size_t bytes_max) {}
    virtual bool HasNews() const { return false; }

    /// After the sessions were flushed: the place to destroy what was dropped during the turn.
    virtual void OnTurnEnd() {}
};

/// One shard's part of an Engine.IO server. Thread: its shard's.
///
/// At the end of each turn: take news into the outboxes, then flush each session that has something
/// to send, once; what arrives meanwhile is taken along. A turn that took long stops taking and
/// wakes itself for another, so that reading goes on.
class EngineShard final : private TurnHook {
public:
    EngineShard(Shard& shard, EngineShared& shared, EngineStats& stats);
    EngineShard(const EngineShard&) = delete;
    EngineShard& operator=(const EngineShard&) = delete;
    /// Closes the sessions that are left. Their WebSockets must be gone already.
    ~EngineShard() override;

    /// Call once, before the first request.
    void SetApp(EngineApp& app);

    std::optional<ShardId> HomeOf(const net::HttpRequest& head) const;
    std::size_t BodyBytesMax(const net::HttpRequest& head) const;
    /// Only of an open polling session, and for a page that may speak to it.
    bool WantsBody(const net::HttpRequest& head) const;
    /// net answers a body over maxPayload with 413; its session ends here.
    void OnBodyTooLarge(const net::HttpRequest& head);
    void OnRequest(net::HttpConnection& connection, const net::HttpRequest& request);

    /// Closes every session, evenly over `window`, and refuses new ones. `done` is called once when
    /// the last session and the last WebSocket are gone.
    void Drain(DisconnectReason reason, Milliseconds window, UniqueFunction<void()> done);

    /// Calls `visit(Session&)` for each session; `visit` must not open or close any.
    template <class Visit>
    void ForEachSession(const Visit& visit) {
        for (const auto& session : sessions_)
            visit(*session);
    }

    Shard& shard() { return shard_; }
    EngineShared& shared() { return shared_; }
    const SocketIoOptions& options() const { return shared_.options; }
    EngineStats& stats() { return stats_; }
    FramePool& frames() { return frames_; }
    OutboxPool& outboxes() { return outboxes_; }
    const FrameRef& ping_frame() const { return ping_frame_; }

    /// An Engine.IO text packet as a frame for an outbox.
    FrameRef PacketFrame(std::string_view packet);

    /// Whether a frame of `bytes` may go out compressed, and whether that is worth doing for so
    /// many receivers.
    bool MayDeflate(std::size_t bytes) const {
        return options().compression != Compression::kOff &&
               bytes >= options().compression_bytes_min && bytes <= limits::kCompressionBytesMax;
    }
    bool IsWorthDeflating(std::size_t receivers) const {
        return options().compression == Compression::kAll ||
               std::min(receivers, deflating_sessions_) >= limits::kCompressionReceiversMin;
    }
    /// How many sessions of this shard take compressed frames changes by one.
    void DeflatingSessions(bool more) { deflating_sessions_ += more ? 1 : std::size_t(-1); }
    /// Empty when that does not make it smaller.
    SharedFrame Deflated(const SharedFrame& frame);

    /// `frame` as `session` takes it.
    FrameRef FrameFor(const Session& session, const SharedFrame& frame);

    /// The memory of this shard's outboxes, of the frames in them, and of polling answers that are
    /// not sent whole.
    std::size_t outbound_bytes() const {
        return frames_.live_bytes() + outboxes_.live_bytes() + answers_bytes_;
    }
    void AnswerHeld(std::size_t bytes) { answers_bytes_ += bytes; }
    void AnswerDropped(std::size_t bytes) { answers_bytes_ -= bytes; }

    /// It is past this shard's share.
    bool UnderPressure() const { return outbound_bytes() > outbound_bytes_max_; }

    /// So much waits for one session now.
    void NoteOutboxBytes(std::size_t bytes) {
        const auto now = static_cast<std::int64_t>(bytes);
        if (now > stats_.outbox_bytes_peak.value()) stats_.outbox_bytes_peak.Set(now);
    }

    /// Flushes the session at the end of the turn.
    void MarkDirty(Session& session) { dirty_.push_back(&session); }

    /// Closes the session with `reason` at the end of the turn: for those who are walking over
    /// sessions now.
    void CloseLater(Session& session, DisconnectReason reason);

    /// As CloseLater, for a session that does not read while all outboxes hold too much.
    void CloseForPressure(Session& session);

    /// A session is closed because `budget` is used up.
    void CountOver(Budget budget) { stats_.over_budget[static_cast<std::size_t>(budget)].Add(); }

    /// Counts a request that is turned away.
    void CountRefused(Refusal refusal) { stats_.refused[static_cast<std::size_t>(refusal)].Add(); }

    /// Takes a closed session out of the table; it is destroyed at the end of the turn.
    void Bury(Session& session);

    void TransportOpened() { ++transports_; }
    void TransportClosed() { --transports_; }

private:
    struct SessionHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view id) const {
            return std::hash<std::string_view>{}(id);
        }
        std::size_t operator()(const std::unique_ptr<Session>& session) const {
            return (*this)(session->id());
        }
    };
    struct SessionEqual {
        using is_transparent = void;
        static std::string_view IdOf(std::string_view id) { return id; }
        static std::string_view IdOf(const std::unique_ptr<Session>& session) {
            return session->id();
        }
        template <class Left, class Right>
        bool operator()(const Left& left, const Right& right) const {
            return IdOf(left) == IdOf(right);
        }
    };

    void AtTurnEnd() override;
    void FlushDirty(SteadyTime turn_ends);
    void CloseDoomed();
    void OnDrainDue();
    bool CheckDrained();

    void Handshake(
        net::HttpConnection& connection, const net::HttpRequest& request, bool websocket
    );
    std::optional<Refusal> CheckHandshake(const net::HttpRequest& request, bool websocket);
    void HandshakeWebSocket(net::HttpConnection& connection, const net::HttpRequest& request);
    void WithSession(
        net::HttpConnection& connection,
        const net::HttpRequest& request,
        std::string_view sid,
        bool websocket
    );
    void ProbeWebSocket(
        net::HttpConnection& connection, const net::HttpRequest& request, Session& session
    );
    net::WebSocketOptions SocketOptions() const;
    Session& AddSession(std::unique_ptr<Session> session);
    Session* Find(std::string_view sid) const;
    void Refuse(
        net::HttpConnection& connection,
        const net::HttpRequest& request,
        Refusal refusal,
        std::string_view message = {}
    );

    struct DrainPlan {
        DisconnectReason reason;
        SteadyTime started;
        Milliseconds window;
        std::size_t total;
        UniqueFunction<void()> done;
    };

    Shard& shard_;
    EngineShared& shared_;
    EngineStats& stats_;
    const std::size_t outbound_bytes_max_;
    net::Deflater deflater_;
    FramePool frames_;
    OutboxPool outboxes_;
    FrameRef ping_frame_;
    EngineApp* app_ = nullptr;
    std::unordered_set<std::unique_ptr<Session>, SessionHash, SessionEqual> sessions_;
    std::vector<Session*> dirty_;
    std::vector<std::pair<Session*, DisconnectReason>> doomed_;
    std::vector<std::unique_ptr<Session>> buried_;
    std::size_t transports_ = 0;
    std::size_t deflating_sessions_ = 0;
    std::size_t answers_bytes_ = 0;
    std::optional<DrainPlan> drain_;
    MemberTimer<EngineShard, &EngineShard::OnDrainDue> drain_timer_{*this};
};

}  // namespace flux::socketio
