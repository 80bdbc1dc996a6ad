// Recovery of sessions: the part of GatewayApp that judges what a client has missed, and sends it.
#include "gateway/gateway_app.h"
#include "gateway/gateway_session.h"

#include <utility>

namespace flux::gateway {

using socketio::KeptSession;
using socketio::RecoveryVerdict;
using socketio::Socket;

namespace {

/// What Suspend writes, line by line.
struct SuspendedState {
    std::string user_id;
    std::optional<ReplayOffset> now;                 // where the shard stood
    std::optional<ReplayOffset> begin;               // since when it knew all
    std::optional<std::vector<ReplayPlace>> newest;  // that its rooms were sent by then

    /// Who had all that its rooms were sent by then has missed nothing of what else went by.
    bool IsDone(const ReplayOffset& from) const {
        return now && begin && newest && now->layout == from.layout && from.Covers(*begin) &&
               from.IncludesAll(*newest);
    }
};

SuspendedState ReadState(std::string_view text) {
    const auto line = [&text] {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view taken = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return taken;
    };
    SuspendedState state;
    state.user_id = line();
    state.now = DecodeReplayOffset(line());
    state.begin = DecodeReplayOffset(line());
    state.newest = DecodeReplayPlaces(line());
    return state;
}

}  // namespace

std::string GatewayApp::Bookmark() {
    return replay_.active() ? Encode(replay_.now()) : std::string();
}

std::string GatewayApp::Suspend(Socket& socket) {
    std::string state = static_cast<GatewaySession*>(socket.user_data.get())->user_id;
    if (!replay_.active()) return state;
    ReplayOffset now = replay_.now();
    // Whether the newest record has further deliveries is known when all that were posted are here.
    if (broadcaster_->replay().HasRead(now) && last_seen_ >= broadcaster_->posted()) {
        now.part = ReplayOffset::kAllParts;
    }
    state += '\n' + Encode(now) + '\n' + Encode(replay_.begin()) + '\n';
    return state + Encode(replay_.NewestOf(socket.Rooms()));
}

/// Where the client stands, from what it sent and what is known of its session. Cheap: it is asked
/// again and again while the answer is kLater.
RecoveryVerdict GatewayApp::Locate(
    const KeptSession& session, const std::optional<std::string>& offset, ReplayOffset& from
) const {
    if (!replay_.active()) return RecoveryVerdict::kLater;
    const std::optional<ReplayOffset> begin = DecodeReplayOffset(session.begin);
    if (!begin || begin->layout != replay_.now().layout) return RecoveryVerdict::kForeign;
    from = *begin;
    if (offset) {
        const std::optional<ReplayOffset> read = DecodeReplayOffset(*offset);
        if (!read) return RecoveryVerdict::kBadOffset;
        if (read->layout != begin->layout || read->partitions != begin->partitions) {
            return RecoveryVerdict::kForeign;
        }
        if (!read->Covers(*begin)) return RecoveryVerdict::kBeforeBegin;
        from = *read;
    }
    if (replay_.now().Covers(from)) return RecoveryVerdict::kRecovered;
    // Of another shard or gateway that is ahead of this one; or it is made up.
    const bool all_read = broadcaster_->replay().HasRead(from);
    return all_read && last_seen_ >= broadcaster_->posted() ? RecoveryVerdict::kRecovered
                                                            : RecoveryVerdict::kLater;
}

RecoveryVerdict GatewayApp::Judge(
    const KeptSession& session, const std::optional<std::string>& offset
) {
    missed_ = Missed();
    ReplayOffset from;
    if (replays_) {
        const RecoveryVerdict verdict = Locate(session, offset, from);
        if (verdict != RecoveryVerdict::kRecovered) return verdict;
    } else if (offset) {
        return RecoveryVerdict::kForeign;
    }
    CollectSnapshots(session);
    if (missed_.bytes > options_.hydration_bytes_max) return RecoveryVerdict::kTooMuch;
    if (!replays_) return RecoveryVerdict::kRecovered;
    const SuspendedState state = ReadState(session.state);
    if (state.IsDone(from) && replay_.now().Covers(*state.now)) from.Take(*state.now);
    const std::size_t room = options_.hydration_bytes_max - missed_.bytes;
    return replay_.Collect(session.rooms, from, room, missed_.replay);
}

/// The snapshots of its rooms that have changed since the client surely had them.
void GatewayApp::CollectSnapshots(const KeptSession& session) {
    for (const std::string& room : session.rooms) {
        snapshots_.VisitRoom(room, [&](const Snapshot& snapshot) {
            const Route& route = *options_.tables.routes.Find(snapshot.route);
            if (route.recovery != Recovery::kSnapshot || snapshot.taken < session.confirmed) {
                return true;
            }
            missed_.bytes += snapshot.frame.size();
            if (missed_.bytes > options_.hydration_bytes_max) return false;
            missed_.snapshots.push_back(snapshot);
            return true;
        });
    }
}

void GatewayApp::
    OnRecovered(Socket& socket, const KeptSession& session, const std::optional<std::string>&) {
    SuspendedState state = ReadState(session.state);
    if (!state.user_id.empty()) {
        static_cast<GatewaySession*>(socket.user_data.get())->user_id = std::move(state.user_id);
    }
    // Pages listen to nothing before the greeting.
    Greet(socket);
    const Missed missed = std::exchange(missed_, Missed());
    for (const socketio::SharedFrame& frame : missed.replay)
        socket.Replay(frame);
    stats_.replayed.Add(missed.replay.size());
    for (const Snapshot& snapshot : missed.snapshots)
        socket.Send(snapshot.frame, snapshot.policy, snapshot.conflation_key);
    stats_.hydrations.Add(missed.snapshots.size());
}

}  // namespace flux::gateway
