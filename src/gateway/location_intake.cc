#include "gateway/location_intake.h"

#include "base/assert.h"
#include "contract/events.h"
#include "contract/object_writer.h"
#include "contract/places.h"
#include "gateway/built_in_routes.h"
#include "gateway/hydrator.h"
#include "gateway/socket_words.h"
#include "gateway/weather_shape.h"
#include "json/json_check.h"
#include "limits/limits.h"

#include <functional>
#include <utility>
#include <vector>

namespace flux::gateway {
namespace {

using contract::ErrorReply;
using contract::Failure;
using contract::Location;
using socketio::Socket;

constexpr std::string_view kDomain = "weather";

GatewaySession& SessionOf(Socket& socket) {
    FLUX_ASSERT(socket.user_data != nullptr);
    return *static_cast<GatewaySession*>(socket.user_data.get());
}

std::string ArgumentOf(const Location& place) {
    contract::ObjectWriter out;
    out.Text("city", place.city);
    out.OptionalText("region", place.region);
    out.OptionalText("country", place.country);
    return out.Take();
}

}  // namespace

Result<Location> ReadDefaultCity(std::string_view text) {
    Location named;
    const std::size_t comma = text.rfind(',');
    named.city = text.substr(0, comma);
    if (comma != std::string_view::npos) {
        named.country = contract::CountryCode(text.substr(comma + 1));
        if (!named.country) {
            return Error(
                ErrorCode::kBadInput, Retry::kNever, "what follows the comma is no country"
            );
        }
    }
    Result<std::optional<Location>> read = contract::ReadLocation(ArgumentOf(named));
    if (!read) return read.error();
    if (!*read) return Error(ErrorCode::kBadInput, Retry::kNever, "it names no city");
    const Result<std::string> room = RoomOf(**read);
    if (!room) return room.error();
    return **std::move(read);
}

LocationIntake::LocationIntake(
    Shard& shard,
    const RouteTable& routes,
    const SnapshotTable& snapshots,
    const DeskOptions& options,
    const ServiceBoard& board,
    DeskLine& line,
    GatewayShardStats& stats
)
    : shard_(shard),
      snapshots_(snapshots),
      options_(options),
      board_(board),
      line_(line),
      stats_(stats),
      weather_(routes.NumberOf(built_in::kWeather)),
      default_place_(ReadDefaultCity(options.default_city).value()),
      waiting_(
          shard,
          limits::kWaitersMax,
          [this](const std::string& room, const WaitingList::Waiter& waiter) {
              OnExpired(room, waiter);
          }
      ) {}

std::optional<SessionPlace> LocationIntake::Read(Socket& socket, std::string_view argument) {
    Result<std::optional<Location>> location = contract::ReadLocation(argument);
    SessionPlace place;
    Result<std::string> room = Error();
    if (location) {
        place.where = location->has_value() ? **std::move(location) : default_place_;
        room = RoomOf(place.where);
    }
    if (location && room) {
        place.room = *std::move(room);
        return place;
    }
    stats_.bad_locations.Add();
    ErrorReply reply;
    reply.error = Failure::kBadRequest;
    reply.message = location ? room.error().context : location.error().context;
    EmitJson(socket, contract::events::kWeatherError, contract::Encode(reply));
    return std::nullopt;
}

void LocationIntake::Move(Socket& socket, SessionPlace place) {
    GatewaySession& session = SessionOf(socket);
    if (session.place != nullptr && session.place->room == place.room) {
        session.place->where = std::move(place.where);
        return;
    }
    Leave(socket);
    Enter(place);
    session.place = std::make_unique<SessionPlace>(std::move(place));
}

void LocationIntake::Leave(Socket& socket) {
    const std::unique_ptr<SessionPlace> left = std::move(SessionOf(socket).place);
    if (left != nullptr) Exit(left->room);
}

void LocationIntake::Enter(const SessionPlace& place) {
    Members& members = members_[place.room];
    if (members.count++ > 0) return;
    members.where = place.where;
    stats_.weather_rooms.Set(static_cast<std::int64_t>(members_.size()));
    line_.Change(place.room, {.occupied = true, .where = place.where});
}

void LocationIntake::Exit(const std::string& room) {
    const auto found = members_.find(room);
    FLUX_ASSERT(found != members_.end());
    if (--found->second.count > 0) return;
    members_.erase(found);
    stats_.weather_rooms.Set(static_cast<std::int64_t>(members_.size()));
    line_.Change(room, RoomChange());
}

bool LocationIntake::HasWeather(const std::string& room) const {
    bool has = false;
    const WallMillis now = shard_.clock().WallNow();
    snapshots_.VisitRoom(room, [&](const Snapshot& snapshot) {
        has = snapshot.route == weather_ && IsGood(snapshot, now);
        return !has;
    });
    return has;
}

void LocationIntake::Want(Socket& socket, std::uint64_t payload) {
    GatewaySession& session = SessionOf(socket);
    SessionPlace& place = *session.place;
    const bool cold = !HasWeather(place.room);
    if (!cold) {
        Wish(socket, payload, cold);
        return;
    }
    stats_.weather_loading.Add();
    EmitJson(socket, contract::events::kWeatherLoading, EncodeWeatherLoading(place.where));
    const SteadyTime now = shard_.now();
    ErrorReply reply;
    if (!session.cities.Take(options_.session_cities, 1, now)) {
        stats_.cities_limited.Add();
        const Milliseconds wait = session.cities.Wait(options_.session_cities, 1, now);
        reply.error = Failure::kRateLimited;
        reply.message = "too many cities in a short time; try again in a moment";
        reply.retry_at = shard_.clock().WallNow() + wait.count();
        return Fail(socket, reply);
    }
    if (!place.waits) {
        const SteadyTime since = shard_.clock().Now();
        WaitingList::Waiter waiter{
            .socket = socket.Ref(), .since = since, .until = since + options_.answer_time_max};
        place.waits = waiting_.Add(place.room, std::move(waiter));
        place.waits_since = since;
    }
    if (place.waits && Wish(socket, payload, cold)) return;
    stats_.waiters_refused.Add();
    reply.error = Failure::kLimit;
    reply.message = "too many pages wait for weather just now; try again in a moment";
    Fail(socket, reply);
}

bool LocationIntake::Wish(Socket& socket, std::uint64_t payload, bool cold) {
    const GatewaySession& session = SessionOf(socket);
    WeatherWish wish;
    wish.socket = socket.Ref();
    wish.asker = socket.id();
    wish.user_id = session.user_id;
    wish.room = session.place->room;
    wish.where = session.place->where;
    wish.client = socket.client();
    wish.payload = payload;
    wish.cold = cold;
    return line_.Wish(std::move(wish));
}

/// Whoever has asked for a place that is none leaves its room, for nothing will come to it.
void LocationIntake::Fail(Socket& socket, const ErrorReply& reply) {
    GatewaySession& session = SessionOf(socket);
    session.place->waits = false;
    stats_.weather_failed.Add();
    EmitJson(
        socket, contract::events::kWeatherError, EncodeWeatherError(reply, session.place->where)
    );
    if (reply.error != Failure::kNoCity) return;
    socket.Leave(session.place->room);
    Leave(socket);
}

void LocationIntake::OnWeather(const std::string& room) {
    if (waiting_.empty()) return;  // as nearly always
    for (const WaitingList::Waiter& waiter : waiting_.Take(room)) {
        Socket* const socket = waiter.socket.Get();
        if (socket == nullptr) continue;
        SessionPlace* const place = SessionOf(*socket).place.get();
        if (place != nullptr && place->room == room) place->waits = false;
    }
}

void LocationIntake::OnFailed(const FailedPlace& failed) {
    Socket* another = nullptr;  // who named another region may have more luck
    for (WaitingList::Waiter& waiter : waiting_.Take(failed.room)) {
        Socket* const socket = waiter.socket.Get();
        if (socket == nullptr) continue;
        SessionPlace* const place = SessionOf(*socket).place.get();
        if (place == nullptr || place->room != failed.room || !place->waits) continue;
        if (!failed.of_region || place->where.region == failed.region) {
            Fail(*socket, failed.reply);
        } else if (waiting_.Add(failed.room, std::move(waiter))) {
            another = socket;
        }
    }
    if (another == nullptr) return;
    Wish(*another, std::hash<std::string>{}(ArgumentOf(SessionOf(*another).place->where)), true);
}

void LocationIntake::OnRefused(const RefusedWish& refused) {
    Socket* const socket = refused.socket.Get();
    if (socket == nullptr) return;
    const SessionPlace* const place = SessionOf(*socket).place.get();
    if (place == nullptr || place->room != refused.room || !place->waits) return;
    Fail(*socket, refused.reply);
}

void LocationIntake::OnExpired(const std::string& room, const WaitingList::Waiter& waiter) {
    Socket* const socket = waiter.socket.Get();
    if (socket == nullptr) return;
    const SessionPlace* const place = SessionOf(*socket).place.get();
    if (place == nullptr || place->room != room || !place->waits) return;
    if (place->waits_since != waiter.since) return;  // it was answered, left, and came again
    Fail(*socket, board_.WhyNot(kDomain, kDomain));
}

std::string LocationIntake::Save(const Socket& socket) {
    const auto* const session = static_cast<const GatewaySession*>(socket.user_data.get());
    return session->place != nullptr ? ArgumentOf(session->place->where) : std::string();
}

std::optional<SessionPlace> LocationIntake::Restore(std::string_view saved) {
    const Result<void> checked = json::Check(saved);
    if (!checked) return std::nullopt;
    Result<std::optional<Location>> where = contract::ReadLocation(saved);
    if (!where || !*where) return std::nullopt;
    Result<std::string> room = RoomOf(**where);
    if (!room) return std::nullopt;
    SessionPlace place;
    place.where = **std::move(where);
    place.room = *std::move(room);
    return place;
}

}  // namespace flux::gateway
