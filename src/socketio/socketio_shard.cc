#include "socketio/socketio_shard.h"

#include "base/metrics.h"
#include "socketio/connection.h"
#include "socketio/event_argument.h"
#include "socketio/frame_choice.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace flux::socketio {
namespace {

/// A broadcast as sessions that may recover take it: with its offset, else not ending in a string.
class RecoveringFrame {
public:
    /// `plain`: what the others get, used when it fits these too.
    RecoveringFrame(
        EngineShard& engine, const Delivery& delivery, FrameChoice& plain, std::size_t receivers
    )
        : choice_(&plain) {
        if (!delivery.offset_frame.empty()) {
            frame_ = delivery.offset_frame;
        } else if (EndsInString(delivery.frame)) {
            frame_ = WithArgument(delivery.frame, "null");
        } else {
            return;
        }
        choice_ = &own_.emplace(engine, frame_, receivers);
    }
    RecoveringFrame(const RecoveringFrame&) = delete;
    RecoveringFrame& operator=(const RecoveringFrame&) = delete;

    FrameChoice& choice() { return *choice_; }

    /// Whether it is not what the others get.
    static bool IsAnother(const Delivery& delivery) {
        return !delivery.offset_frame.empty() || EndsInString(delivery.frame);
    }

private:
    SharedFrame frame_;
    std::optional<FrameChoice> own_;
    FrameChoice* choice_;
};

std::size_t CountRecovering(const std::vector<Room::Occupant>& occupants) {
    return static_cast<std::size_t>(std::count_if(
        occupants.begin(),
        occupants.end(),
        [](const Room::Occupant& occupant) { return occupant.recovers; }
    ));
}

}  // namespace

void Describe(MetricWriter& out, const SocketIoStats& stats) {
    out.Write("socketio_sockets", "Namespace connections now.", stats.sockets);
    out.Write("socketio_connects", "Namespace connections accepted.", stats.connects);
    out.Write("socketio_connect_errors", "Namespace connections refused.", stats.connect_errors);
    out.Write("socketio_events_in", "Events received.", stats.events_in);
    out.Write("socketio_acks_in", "Acknowledgements received.", stats.acks_in);
    out.Write(
        "socketio_joins_refused",
        "Joins refused: too many rooms, or too long a name.",
        stats.joins_refused
    );
    out.Write(
        "socketio_asks_refused",
        "Events not sent: their client owes too many acknowledgements.",
        stats.asks_refused
    );
    out.Write("socketio_broadcasts", "Broadcasts read from the ring.", stats.broadcasts);
    out.Write("socketio_deliveries", "Broadcasts times recipients.", stats.deliveries);
    out.Write(
        "socketio_ring_missed",
        "Broadcasts that were gone before the shard came.",
        stats.ring_missed
    );
    out.Write(
        "socketio_closed_for_missed",
        "Sessions closed because a broadcast for them may be lost.",
        stats.closed_for_missed
    );
}

SocketIoShard::SocketIoShard(
    EngineShard& engine, const Parts& parts, const SocketIoAppFactory& make_app
)
    : engine_(engine),
      ring_(parts.ring),
      every_rooms_(parts.every_rooms),
      stats_(parts.stats),
      app_(make_app(engine.shard())),
      recovery_(*this, parts.recovery, parts.recovery_stats) {}

SocketIoShard::~SocketIoShard() {
    OnTurnEnd();
}

std::unique_ptr<SessionHandler> SocketIoShard::OnOpen(Session& session) {
    return std::make_unique<Connection>(*this, session);
}

Namespace& SocketIoShard::Enter(std::string_view name) {
    auto found = namespaces_.find(name);
    if (found == namespaces_.end()) {
        auto made = std::make_unique<Namespace>();
        made->name = name;
        const std::string_view key = made->name;
        found = namespaces_.emplace(key, std::move(made)).first;
    }
    ++found->second->sockets;
    return *found->second;
}

void SocketIoShard::OnTurnEnd() {
    // A socket's destructor runs the application's (user_data), which may bury more.
    while (!buried_.empty()) {
        std::vector<std::unique_ptr<NamespaceSocket>> buried = std::move(buried_);
        buried_.clear();
        for (std::unique_ptr<NamespaceSocket>& socket : buried) {
            Namespace& home = socket->home();
            socket.reset();
            if (--home.sockets == 0) namespaces_.erase(namespaces_.find(home.name));
        }
    }
}

void SocketIoShard::TakeNews(std::size_t bytes_max) {
    std::size_t bytes = 0;
    do {
        const std::uint64_t missed = cursor_.missed;
        const std::optional<std::shared_ptr<const Delivery>> delivery = ring_.Read(cursor_);
        if (cursor_.missed != missed) OnFellBehind(cursor_.missed - missed);
        if (!delivery) return;
        bytes += (*delivery)->frame.size();
        Deliver(**delivery);
    } while (bytes < bytes_max && HasNews());
}

void SocketIoShard::Deliver(const Delivery& delivery) {
    stats_.broadcasts.Add();
    app_->OnDelivery(delivery);
    if (delivery.frame.empty()) return;
    const auto found = namespaces_.find(delivery.nsp);
    if (found == namespaces_.end()) return;
    const std::vector<Room::Occupant>& occupants = found->second->rooms.Occupants(delivery.room);
    if (occupants.empty()) return;
    // Those who may recover take another frame, or the same: a frame is compressed if enough get
    // it.
    const std::size_t recover = recovery_.live() == 0 ? 0 : CountRecovering(occupants);
    const bool apart = recover > 0 && RecoveringFrame::IsAnother(delivery);
    FrameChoice frame(engine_, delivery.frame, occupants.size() - (apart ? recover : 0));
    std::optional<RecoveringFrame> recovering;  // made for the first who may recover
    // Nobody joins or leaves meanwhile: a session over its bound is closed later.
    for (const Room::Occupant& occupant : occupants) {
        if (occupant.recovers && !recovering) {
            recovering.emplace(engine_, delivery, frame, recover);
        }
        FrameChoice& choice = occupant.recovers ? recovering->choice() : frame;
        occupant.session->Deliver(
            choice.For(*occupant.session), delivery.policy, delivery.conflation_key
        );
    }
    stats_.deliveries.Add(occupants.size());
}

void SocketIoShard::OnFellBehind(std::uint64_t missed) {
    stats_.ring_missed.Add(missed);
    for (const auto& [name, home] : namespaces_) {
        home->rooms.ForEachRoom([&, nsp = name](const Room& room) {
            if (!every_rooms_.Contains(nsp, room.name)) return;
            for (const Room::Occupant& occupant : room.occupants) {
                stats_.closed_for_missed.Add();
                engine_.CloseLater(*occupant.session, DisconnectReason::kSlow);
            }
        });
    }
    app_->OnMissed(missed);
}

}  // namespace flux::socketio
