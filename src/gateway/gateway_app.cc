#include "gateway/gateway_app.h"

#include "base/assert.h"
#include "base/log.h"
#include "contract/events.h"
#include "contract/replies.h"
#include "gateway/built_in_routes.h"
#include "gateway/delivery_key.h"
#include "gateway/gateway_session.h"
#include "gateway/socket_words.h"
#include "gateway/uuid.h"
#include "json/json_check.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <unordered_map>
#include <utility>

namespace flux::gateway {

namespace {

using contract::ErrorReply;
using contract::Failure;
using socketio::DisconnectReason;
using socketio::Event;
using socketio::Socket;

GatewaySession& SessionOf(Socket& socket) {
    FLUX_ASSERT(socket.user_data != nullptr);
    return *static_cast<GatewaySession*>(socket.user_data.get());
}

/// The snapshots of all routes that are sent again to who comes back.
Intent RecoveredIntent(const RouteTable& routes) {
    Intent intent;
    intent.snapshots.emplace();
    for (RouteNumber number = 1; number <= routes.size(); ++number) {
        if (routes.Find(number)->recovery == Recovery::kSnapshot) {
            intent.snapshot_routes.push_back(number);
        }
    }
    return intent;
}

}  // namespace

/// Why an event is not carried out.
struct GatewayApp::Refusal {
    IntentOutcome outcome = IntentOutcome::kBadRequest;
    Failure failure = Failure::kBadRequest;
    std::string message;
};

GatewayApp::GatewayApp(
    Shard& shard,
    const GatewayOptions& options,
    AddressLimits& addresses,
    Shard& pump_shard,
    std::shared_ptr<const Broadcaster> broadcaster,
    std::shared_ptr<Desk> desk,
    cache::Cache* cache,
    GatewayShardStats& stats
)
    : shard_(shard),
      options_(options),
      addresses_(addresses),
      pump_shard_(pump_shard),
      broadcaster_(std::move(broadcaster)),
      stats_(stats),
      snapshots_(options.tables.routes, options.snapshot_bytes_max, stats.snapshots),
      hydrator_(
          options.tables.routes, snapshots_, options.hydration_bytes_max, shard.clock(), stats
      ),
      replay_(options.tables.routes, options.replay, stats.replay),
      replays_(!broadcaster_->replay().Topics().empty()),
      recovered_(RecoveredIntent(options.tables.routes)),
      weather_(options.tables.routes.NumberOf(built_in::kWeather)),
      weather_error_(options.tables.routes.NumberOf(built_in::kWeatherError)),
      status_(options.tables.routes.NumberOf(built_in::kStatus)),
      board_(options.tables.routes, snapshots_, shard.clock()),
      line_(
          shard,
          pump_shard,
          std::move(desk),
          *this,
          [this](const RefusedWish& refused) { places_.OnRefused(refused); }
      ),
      places_(shard, options.tables.routes, snapshots_, options.desk, board_, line_, stats),
      requests_(
          shard,
          options.tables.routes,
          snapshots_,
          options.desk,
          board_,
          line_,
          stats,
          [this](RouteNumber route, const std::string& room) {
              if (from_cache_) from_cache_->Warm(route, room);
          }
      ),
      alive_(std::make_shared<GatewayApp*>(this)) {
    if (!cache) return;
    from_cache_.emplace(shard, *cache, options.tables.routes, snapshots_, stats);
    from_cache_->OnFound([this](RouteNumber route, const std::string& room) {
        if (route == weather_) places_.OnWeather(room);
        requests_.OnSnapshot(route);
    });
}

GatewayApp::~GatewayApp() = default;

Result<void> GatewayApp::OnConnect(Socket& socket, std::string_view auth) {
    const SteadyTime now = shard_.now();
    std::optional<std::string> guest_id = contract::GuestIdFrom(auth);
    socket.user_data = std::make_shared<GatewaySession>(GatewaySession{
        .user_id = guest_id ? *std::move(guest_id) : NewUuid(),
        .intents = TokenBucket(options_.intent_rate, now),
        .joins = TokenBucket(options_.join_rate, now),
        .cities = TokenBucket(options_.desk.session_cities, now),
    });
    return {};
}

void GatewayApp::Greet(Socket& socket) {
    sockets_.insert(&socket);
    stats_.sessions.Add();
    contract::SessionInit init;
    init.user_id = SessionOf(socket).user_id;
    init.simulated = options_.simulated;
    init.server_time = shard_.clock().WallNow();
    EmitJson(socket, contract::events::kSessionInit, contract::Encode(init));
}

void GatewayApp::OnConnected(Socket& socket) {
    Greet(socket);
    const Intent* const intent = options_.tables.intents.Find(kConnectIntent);
    if (intent == nullptr) return;
    Refusal refusal;
    if (Perform(socket, *intent, {}, {}, refusal)) return;
    Event connect;
    connect.name = kConnectIntent;
    Refuse(socket, connect, refusal);
}

void GatewayApp::OnEvent(Socket& socket, const Event& event) {
    GatewaySession& session = SessionOf(socket);
    Refusal refusal;
    if (!MayAsk(socket, refusal)) return Refuse(socket, event, refusal);
    if (event.name == contract::events::kGetUserId) {
        session.limited_in_row = 0;
        const std::string user_id = json::Quote(session.user_id);
        EmitJson(socket, contract::events::kUserUniqueId, user_id);
        ReplyJson(event.ack, user_id);
        return Count(IntentOutcome::kAnswered);
    }
    const Intent* const intent =
        event.name == kConnectIntent ? nullptr : options_.tables.intents.Find(event.name);
    if (const std::optional<std::size_t> request = FindRequest(event.name)) {
        session.limited_in_row = 0;
        requests_.Take(socket, *request, event.ack);
        if (intent == nullptr) return Count(IntentOutcome::kAnswered);
    }
    if (intent == nullptr) {
        refusal.outcome = IntentOutcome::kUnknown;
        refusal.message = "there is no such request";
        return Refuse(socket, event, refusal);
    }
    const std::string_view argument =
        event.arguments.empty() ? std::string_view() : event.arguments.front();
    if (!Perform(socket, *intent, argument, event.ack, refusal)) {
        return Refuse(socket, event, refusal);
    }
    session.limited_in_row = 0;
}

/// A session's own budget comes first: what it refuses must not be taken from its neighbours.
bool GatewayApp::MayAsk(Socket& socket, Refusal& refusal) {
    const SteadyTime now = shard_.now();
    refusal.failure = Failure::kRateLimited;
    if (!SessionOf(socket).intents.Take(options_.intent_rate, 1, now)) {
        refusal.outcome = IntentOutcome::kRateLimited;
        refusal.message = "too many requests from this page; try again in a moment";
        return false;
    }
    if (!addresses_.TakeIntent(socket.client(), now)) {
        refusal.outcome = IntentOutcome::kAddressLimited;
        refusal.message = "too many requests from your network; try again in a moment";
        return false;
    }
    refusal.failure = Failure::kBadRequest;
    return true;
}

bool GatewayApp::MayJoin(Socket& socket, std::size_t rooms, Refusal& refusal) {
    const SteadyTime now = shard_.now();
    const auto price = static_cast<double>(rooms);
    refusal.failure = Failure::kRateLimited;
    if (!SessionOf(socket).joins.Take(options_.join_rate, price, now)) {
        refusal.outcome = IntentOutcome::kRateLimited;
        refusal.message = "too many rooms joined in a short time; try again in a moment";
        return false;
    }
    if (!addresses_.TakeJoins(socket.client(), rooms, now)) {
        refusal.outcome = IntentOutcome::kAddressLimited;
        refusal.message = "too many rooms joined from your network; try again in a moment";
        return false;
    }
    return true;
}

bool GatewayApp::Perform(
    Socket& socket,
    const Intent& intent,
    std::string_view argument,
    const socketio::Ack& ack,
    Refusal& refusal
) {
    contract::JoinedReply joined;
    std::optional<SessionPlace> place;
    std::string leaving;
    if (intent.intake == Intake::kLocation) place = places_.Read(socket, argument);
    if (place) {
        joined.rooms.push_back(place->room);
        const SessionPlace* const before = SessionOf(socket).place.get();
        if (before != nullptr && before->room != place->room) leaving = before->room;
    }
    for (const RoomTemplate& room : intent.rooms) {
        const TemplateSource source{.key = std::nullopt, .json = argument};
        Result<std::string> name = room.Render(source);
        if (!name) {
            refusal.message = name.error().context;
            return false;
        }
        joined.rooms.push_back(*std::move(name));
    }
    if (!JoinAll(socket, intent, joined.rooms, leaving, refusal)) return false;
    const bool asks = place.has_value();
    if (place) places_.Move(socket, *std::move(place));
    ReplyJson(ack, contract::Encode(joined));
    const std::size_t bytes_left = hydrator_.Hydrate(socket, joined.rooms, intent);
    if (from_cache_) from_cache_->Hydrate(socket, joined.rooms, intent, bytes_left);
    if (asks) places_.Want(socket, std::hash<std::string_view>{}(argument));
    Count(IntentOutcome::kJoined);
    return true;
}

/// All of `rooms` are joined and `leaving` is left, or nothing has changed.
bool GatewayApp::JoinAll(
    Socket& socket,
    const Intent& intent,
    const std::vector<std::string>& rooms,
    const std::string& leaving,
    Refusal& refusal
) {
    const std::vector<std::string> before = socket.Rooms();
    std::vector<std::string_view> wanted;
    for (const std::string& room : rooms) {
        if (std::find(before.begin(), before.end(), room) == before.end()) wanted.push_back(room);
    }
    // What every connection joins is no wish of the client, and handshakes have a budget.
    const bool asked = intent.event != kConnectIntent;
    if (asked && !MayJoin(socket, wanted.size(), refusal)) return false;
    if (!leaving.empty()) socket.Leave(leaving);
    for (const std::string_view room : wanted) {
        const Result<void> joined = socket.Join(room);
        if (joined) continue;
        for (const std::string_view undone : wanted)
            socket.Leave(undone);
        if (!leaving.empty()) FLUX_ASSERT(socket.Join(leaving).has_value());
        refusal.outcome = IntentOutcome::kLimit;
        refusal.failure = Failure::kLimit;
        refusal.message = joined.error().context;
        return false;
    }
    RememberJoined(socket, wanted);
    return true;
}

void GatewayApp::Refuse(Socket& socket, const Event& event, const Refusal& refusal) {
    Count(refusal.outcome);
    if (refusal.failure == Failure::kRateLimited) {
        GatewaySession& session = SessionOf(socket);
        if (++session.limited_in_row > options_.limited_in_row_max) {
            stats_.closed_limit.Add();
            return socket.Disconnect(DisconnectReason::kLimit, true);
        }
        // A flood gets one answer, not as many as it has events.
        if (session.limited_in_row > 1 && !event.ack.wanted()) return;
    }
    ErrorReply reply;
    reply.error = refusal.failure;
    reply.message = fmt::format("{}: {}", event.name, refusal.message);
    if (event.ack.wanted()) return ReplyJson(event.ack, contract::Encode(reply));
    // Clients of other versions send what this one does not know; only who asks is told.
    if (refusal.outcome == IntentOutcome::kUnknown) return;
    reply.event = std::string(event.name);
    EmitJson(socket, contract::events::kRequestError, contract::Encode(reply));
}

void GatewayApp::Count(IntentOutcome outcome) {
    stats_.intents[static_cast<std::size_t>(outcome)].Add();
}

void GatewayApp::OnDisconnect(Socket& socket, DisconnectReason) {
    sockets_.erase(&socket);
    places_.Leave(socket);
}

void GatewayApp::OnPlaceFailed(const FailedPlace& failed) {
    places_.OnFailed(failed);
}

void GatewayApp::OnRequestFailed(std::size_t request, const ErrorReply& reply) {
    requests_.OnFailed(request, reply);
}

void GatewayApp::OnDelivery(const socketio::Delivery& delivery) {
    // Beside the text of the offset, which would have to be read on every shard.
    const auto* const place = static_cast<const ReplayOffset*>(delivery.place.get());
    if (delivery.route == 0 && place != nullptr) return replay_.Begin(*place);
    const Route* const route = options_.tables.routes.Find(delivery.route);
    const auto key = UnpackDeliveryKey(delivery.key);
    if (route == nullptr || !key) return;  // posted by somebody else
    last_seen_ = key->sequence;
    if (place != nullptr) {
        replay_.Add(delivery.route, delivery.room, delivery.offset_frame, *place);
    }
    if (delivery.route == weather_error_) places_.OnWeather(delivery.room);
    if (route->snapshot != SnapshotRule::kLatestPerKey) return;
    if (from_cache_ && route->cache) from_cache_->Overtake(delivery.route, key->key);
    if (delivery.frame.empty()) {
        snapshots_.Remove(delivery.route, std::string(key->key), key->sequence);
        return;
    }
    Snapshot snapshot;
    snapshot.route = delivery.route;
    snapshot.key = key->key;
    snapshot.room = delivery.room;
    snapshot.frame = delivery.frame;
    snapshot.policy = delivery.policy;
    snapshot.conflation_key = delivery.conflation_key;
    snapshot.sequence = key->sequence;
    Keep(std::move(snapshot));
}

/// Whoever waits for it here is told.
void GatewayApp::Keep(Snapshot snapshot) {
    const RouteNumber route = snapshot.route;
    const std::string place = route == weather_ ? snapshot.room : std::string();
    const std::string domain = route == status_ ? snapshot.key : std::string();
    snapshot.taken = shard_.clock().Now();
    snapshot.good_until = GoodUntil(*options_.tables.routes.Find(route), snapshot.frame);
    snapshots_.Put(std::move(snapshot));
    if (route == weather_) return places_.OnWeather(place);
    if (route == status_) return requests_.OnStatus(domain);
    requests_.OnSnapshot(route);
}

void GatewayApp::OnMissed(std::uint64_t entries) {
    stats_.missed.Add(entries);
    replay_.Reset();
    log::Warn(
        "gateway.missed",
        "this shard fell behind the broadcasts; its newest values are brought up to date and sent "
        "afresh",
        {{"shard", shard_.id().value()}, {"entries", entries}}
    );
    RequestRefill();
}

void GatewayApp::RequestRefill() {
    if (refill_running_) {
        refill_again_ = true;
        return;
    }
    refill_running_ = true;
    // One request per shard is under way at most, so neither letter needs a bound of its own.
    pump_shard_.PostReserved(
        [broadcaster = broadcaster_, home = &shard_, alive = std::weak_ptr<GatewayApp*>(alive_)] {
            home->PostReserved([alive, copy = broadcaster->Copy()]() mutable {
                if (const auto app = alive.lock()) (*app)->ApplyRefill(std::move(copy));
            });
        }
    );
}

void GatewayApp::ApplyRefill(SnapshotCopy copy) {
    refill_running_ = false;
    stats_.refills.Add();
    // What was posted after the last delivery read here comes by the ring, in its order. What is
    // older and not here was missed.
    std::vector<Snapshot> missed;
    std::unordered_map<RouteNumber, std::unordered_set<std::string>> there;
    for (Snapshot& snapshot : copy.snapshots) {
        there[snapshot.route].insert(snapshot.key);
        if (snapshot.sequence > last_seen_) continue;
        if (snapshots_.SequenceOf(snapshot.route, snapshot.key) >= snapshot.sequence) continue;
        missed.push_back(snapshot);
        Keep(std::move(snapshot));
    }
    // What is here, not newer than the copy and not in it, was removed.
    for (const Snapshot& mine : snapshots_.All()) {
        if (mine.sequence <= copy.sequence && !there[mine.route].contains(mine.key)) {
            snapshots_.Remove(mine.route, mine.key, copy.sequence);
        }
    }
    SendAfresh(missed);
    if (std::exchange(refill_again_, false)) RequestRefill();
}

void GatewayApp::SendAfresh(const std::vector<Snapshot>& snapshots) {
    std::unordered_map<std::string_view, std::vector<const Snapshot*>> by_room;
    for (const Snapshot& snapshot : snapshots)
        by_room[snapshot.room].push_back(&snapshot);
    std::vector<socketio::SocketRef> members;
    members.reserve(sockets_.size());
    for (const Socket* socket : sockets_)
        members.push_back(socket->Ref());
    for (const socketio::SocketRef& member : members) {
        Socket* const socket = member.Get();
        if (socket == nullptr) continue;
        for (const std::string& room : socket->Rooms()) {
            const auto found = by_room.find(room);
            if (found == by_room.end()) continue;
            for (const Snapshot* snapshot : found->second) {
                socket->Send(snapshot->frame, snapshot->policy, snapshot->conflation_key);
            }
        }
    }
}

}  // namespace flux::gateway
