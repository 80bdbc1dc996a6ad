// Recovery of sessions: the part of GatewayApp that judges what a client has missed, and sends it.
#include "gateway/gateway_app.h"
#include "gateway/gateway_session.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

namespace flux::gateway {

using socketio::KeptSession;
using socketio::RecoveryVerdict;
using socketio::Socket;

namespace {

/// What Suspend writes, line by line. Anything in it may have come from elsewhere.
struct SuspendedState {
    std::string user_id;
    std::optional<ReplayOffset> now;                 // where the shard stood
    std::optional<ReplayOffset> begin;               // since when it knew all
    std::optional<std::vector<ReplayPlace>> newest;  // that its rooms were sent by then
    std::optional<ReplayPosition> floor;             // see ReplayMemory
    JoinPlaces joined;
    std::optional<SessionPlace> place;  // the city whose room it is in

    /// Who had all that its rooms were sent by then has missed nothing of what else went by.
    bool IsDone(const ReplayPosition& from) const {
        return now && begin && newest && now->layout == from.layout() && from.Covers(*begin) &&
               from.IncludesAll(*newest);
    }
};

/// One line: places, each before the numbers of the rooms that were joined there.
std::string EncodeJoined(
    const std::vector<ReplayMemory::Joined>& joined, const std::vector<std::string>& rooms
) {
    std::string line;
    for (const ReplayMemory::Joined& place : joined) {
        std::string numbers;
        for (const std::string& room : place.rooms) {
            const auto found = std::find(rooms.begin(), rooms.end(), room);
            if (found != rooms.end()) numbers += ' ' + std::to_string(found - rooms.begin());
        }
        if (numbers.empty()) continue;
        if (!line.empty()) line += ';';
        line += place.at + numbers;
    }
    return line;
}

/// The part of `text` up to `end`, which is taken out of it.
std::string_view TakeUpTo(std::string_view& text, char end) {
    const std::size_t at = std::min(text.find(end), text.size());
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return taken;
}

JoinPlaces DecodeJoined(std::string_view line, const std::vector<std::string>& rooms) {
    JoinPlaces joined;
    while (!line.empty()) {
        std::string_view place = TakeUpTo(line, ';');
        const std::optional<ReplayPosition> at = DecodeReplayPosition(TakeUpTo(place, ' '));
        while (at && !place.empty()) {
            const std::string_view text = TakeUpTo(place, ' ');
            std::size_t number = 0;
            const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
            if (read.ec != std::errc() || number >= rooms.size()) continue;
            joined.insert_or_assign(rooms[number], *at);
        }
    }
    return joined;
}

/// A line has no line break of its own: the user id, which the client may have chosen, is JSON.
SuspendedState ReadState(const KeptSession& session) {
    std::string_view text = session.state;
    SuspendedState state;
    state.user_id = json::AsString(TakeUpTo(text, '\n')).value_or(std::string());
    state.now = DecodeReplayOffset(TakeUpTo(text, '\n'));
    state.begin = DecodeReplayOffset(TakeUpTo(text, '\n'));
    state.newest = DecodeReplayPlaces(TakeUpTo(text, '\n'));
    state.floor = DecodeReplayPosition(TakeUpTo(text, '\n'));
    state.joined = DecodeJoined(TakeUpTo(text, '\n'), session.rooms);
    state.place = LocationIntake::Restore(TakeUpTo(text, '\n'));
    const std::vector<std::string>& rooms = session.rooms;
    if (state.place && std::find(rooms.begin(), rooms.end(), state.place->room) == rooms.end()) {
        state.place.reset();
    }
    return state;
}

}  // namespace

std::string GatewayApp::Bookmark() {
    return replay_.active() ? Encode(replay_.now()) : std::string();
}

std::string GatewayApp::Suspend(Socket& socket) {
    const auto& session = *static_cast<GatewaySession*>(socket.user_data.get());
    std::string state = json::Quote(session.user_id);
    const std::string place = LocationIntake::Save(socket);
    if (!replay_.active()) return place.empty() ? state : state + "\n\n\n\n\n\n" + place;
    ReplayOffset now = replay_.now();
    // Whether the newest record has further deliveries is known when all that were posted are here.
    if (broadcaster_->replay().HasRead(now) && last_seen_ >= broadcaster_->posted()) {
        now.part = ReplayOffset::kAllParts;
    }
    static const ReplayMemory kNothing;
    const ReplayMemory& memory = session.replay != nullptr ? *session.replay : kNothing;
    const std::vector<std::string> rooms = socket.Rooms();
    const std::string joined = EncodeJoined(memory.joined, rooms);
    state += '\n' + Encode(now) + '\n' + Encode(replay_.begin()) + '\n';
    state += Encode(replay_.NewestOf(rooms, DecodeJoined(joined, rooms))) + '\n';
    state += (memory.floor ? Encode(*memory.floor) : std::string()) + '\n';
    return state + joined + '\n' + place;
}

/// `rooms` are joined now: what they were sent before is not this client's.
void GatewayApp::RememberJoined(Socket& socket, const std::vector<std::string_view>& rooms) {
    if (!replays_ || !replay_.active() || rooms.empty() || !socket.recovers()) return;
    auto& session = *static_cast<GatewaySession*>(socket.user_data.get());
    if (session.replay == nullptr) session.replay = std::make_unique<ReplayMemory>();
    session.replay->Join(Encode(ReplayPosition(replay_.now())), rooms);
}

/// Where the client stands, from what it sent and what is known of its session. Cheap: it is asked
/// again and again while the answer is kLater.
RecoveryVerdict GatewayApp::Locate(
    const KeptSession& session, const std::optional<std::string>& offset, ReplayPosition& from
) const {
    if (!replay_.active()) return RecoveryVerdict::kLater;
    const std::optional<ReplayOffset> begin = DecodeReplayOffset(session.begin);
    if (!begin || begin->layout != replay_.now().layout) return RecoveryVerdict::kForeign;
    from = *begin;
    const std::optional<ReplayPosition> floor = ReadState(session).floor;
    if (offset) {
        const std::optional<ReplayOffset> read = DecodeReplayOffset(*offset);
        if (!read) return RecoveryVerdict::kBadOffset;
        if (read->layout != begin->layout || read->partitions != begin->partitions) {
            return RecoveryVerdict::kForeign;
        }
        from = *read;
        if (floor) from.Take(*floor);
        if (!from.Covers(*begin)) return RecoveryVerdict::kBeforeBegin;
    } else if (floor) {
        from.Take(*floor);
    }
    if (ReplayPosition(replay_.now()).Covers(from)) return RecoveryVerdict::kRecovered;
    // Of another shard or gateway that is ahead of this one; or it is made up.
    const bool all_read = broadcaster_->replay().HasRead(from.Cover());
    return all_read && last_seen_ >= broadcaster_->posted() ? RecoveryVerdict::kRecovered
                                                            : RecoveryVerdict::kLater;
}

RecoveryVerdict GatewayApp::Judge(
    const KeptSession& session, const std::optional<std::string>& offset
) {
    missed_ = Missed();
    ReplayPosition from;
    if (replays_) {
        const RecoveryVerdict verdict = Locate(session, offset, from);
        if (verdict != RecoveryVerdict::kRecovered) return verdict;
    } else if (offset) {
        return RecoveryVerdict::kForeign;
    }
    CollectSnapshots(session);
    if (missed_.bytes > options_.hydration_bytes_max) return RecoveryVerdict::kTooMuch;
    if (!replays_) return RecoveryVerdict::kRecovered;
    const SuspendedState state = ReadState(session);
    if (state.IsDone(from) && ReplayPosition(replay_.now()).Covers(*state.now)) {
        from.Take(*state.now);
    }
    missed_.from = from;
    const std::size_t room = options_.hydration_bytes_max - missed_.bytes;
    return replay_.Collect(session.rooms, from, state.joined, room, missed_.replay);
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
    auto& mine = *static_cast<GatewaySession*>(socket.user_data.get());
    SuspendedState state = ReadState(session);
    if (!state.user_id.empty()) mine.user_id = std::move(state.user_id);
    // Pages listen to nothing before the greeting.
    Greet(socket);
    const Missed missed = std::exchange(missed_, Missed());
    if (replays_) {
        mine.replay = std::make_unique<ReplayMemory>();
        mine.replay->floor = missed.from;
        for (const auto& [room, at] : state.joined) {
            if (missed.from.Covers(at)) continue;  // it says so itself by now
            mine.replay->Join(Encode(at), std::vector<std::string_view>{room});
        }
    }
    for (const socketio::SharedFrame& frame : missed.replay)
        socket.Replay(frame);
    stats_.replayed.Add(missed.replay.size());
    if (state.place) places_.Move(socket, *std::move(state.place));
    for (const Snapshot& snapshot : missed.snapshots)
        SendSnapshot(socket, *options_.tables.routes.Find(snapshot.route), snapshot);
    stats_.hydrations.Add(missed.snapshots.size());
    if (from_cache_) {
        const std::size_t bytes_left = options_.hydration_bytes_max - missed.bytes;
        from_cache_->Hydrate(socket, session.rooms, recovered_, bytes_left);
    }
    if (mine.place == nullptr) return;
    places_.Want(socket, std::hash<std::string>{}(mine.place->room));
}

}  // namespace flux::gateway
