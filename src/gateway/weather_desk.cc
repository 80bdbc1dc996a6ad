#include "gateway/weather_desk.h"

#include "base/random.h"
#include "contract/commands.h"
#include "contract/topics.h"
#include "contract/weather.h"
#include "gateway/weather_shape.h"
#include "limits/limits.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace flux::gateway {
namespace {

using contract::ErrorReply;
using contract::Failure;

/// The key and user of commands that no client asked for.
constexpr std::string_view kOwnKey = "bff";

constexpr std::chrono::seconds kHoldShortest{10};      // of a failure that names no time
constexpr std::chrono::seconds kNamedHoldShortest{1};  // of one that names a time that is near
constexpr std::chrono::hours kHoldLongest{1};          // whatever time it names
constexpr std::chrono::minutes kNoCityHold{10};        // as long as the service remembers it
constexpr std::chrono::seconds kRetryInterval{60};     // while a room with members has no weather

std::uint64_t BitOf(ShardId shard) {
    return std::uint64_t{1} << shard.value();
}

static_assert(limits::kShardsMax <= 64, "a shard is a bit");

}  // namespace

WeatherDesk::WeatherDesk(
    const Clock& clock,
    const DeskOptions& options,
    CommandWriter& commands,
    DeskStats& stats,
    Has has,
    Tell tell
)
    : clock_(clock),
      options_(options),
      commands_(commands),
      stats_(stats),
      has_(std::move(has)),
      tell_(std::move(tell)),
      dedup_(options.dedup_window, limits::kDedupUsersMax),
      address_budgets_(options.address_cities, SecureRandomSeed(), clock.Now()),
      total_budget_(options.total_cities, clock.Now()),
      alive_(std::make_shared<WeatherDesk*>(this)) {}

std::optional<ErrorReply> WeatherDesk::Wish(const WeatherWish& wish, ShardId shard) {
    const SteadyTime now = clock_.Now();
    const auto known = rooms_.find(wish.room);
    bool is_new = true;
    if (known != rooms_.end()) {
        Room& room = known->second;
        if (now < room.fresh_until && has_(wish.room)) {
            Count(WishOutcome::kFresh);
            return std::nullopt;
        }
        if (UnderWay(room)) {
            room.askers |= BitOf(shard);
            Count(WishOutcome::kUnderWay);
            return std::nullopt;
        }
        if (auto held = Held(room, wish.where.region)) {
            Count(WishOutcome::kHeld);
            return wish.cold ? held : std::nullopt;  // else it has weather, if not the newest
        }
        is_new = now >= room.known_until;
    }
    if (dedup_.Repeats(wish.user_id, wish.payload, now)) {
        Count(WishOutcome::kRepeated);
        return std::nullopt;
    }
    if (is_new) {
        if (auto refused = Charge(wish)) {
            dedup_.Forget(wish.user_id, wish.payload);
            return wish.cold ? refused : std::nullopt;
        }
    }
    Room* const room = Open(wish.room);
    if (room != nullptr) {
        room->where = wish.where;
        room->askers |= BitOf(shard);
    }
    if (room == nullptr || !Command(wish.room, *room, wish.asker, wish.user_id, wish.payload)) {
        dedup_.Forget(wish.user_id, wish.payload);
        return TooMany(kHoldShortest, WishOutcome::kFull);
    }
    Count(WishOutcome::kCommand);
    return std::nullopt;
}

/// nullptr when there are too many already.
WeatherDesk::Room* WeatherDesk::Open(const std::string& name) {
    const auto known = rooms_.find(name);
    if (known != rooms_.end()) return &known->second;
    if (rooms_.size() >= limits::kWeatherRoomsMax) {
        stats_.rooms_dropped.Add();
        return nullptr;
    }
    Room& room = rooms_[name];
    stats_.rooms.Set(static_cast<std::int64_t>(rooms_.size()));
    return &room;
}

bool WeatherDesk::UnderWay(const Room& room) const {
    return !room.command.empty() && clock_.Now() < room.command_until;
}

std::optional<ErrorReply> WeatherDesk::Held(Room& room, const std::optional<std::string>& region) {
    if (!room.hold) return std::nullopt;
    if (clock_.Now() >= room.hold->until) {
        room.hold.reset();
        return std::nullopt;
    }
    if (room.hold->of_region && room.hold->region != region) return std::nullopt;
    return room.hold->reply;
}

/// A command for a new city costs the source several calls; who makes names up must not use up what
/// it gives to all.
std::optional<ErrorReply> WeatherDesk::Charge(const WeatherWish& wish) {
    const SteadyTime now = clock_.Now();
    if (const Milliseconds wait = total_budget_.Wait(options_.total_cities, 1, now);
        wait > Milliseconds(0)) {
        return TooMany(wait, WishOutcome::kTotalLimit);
    }
    if (!address_budgets_.Take(wish.client, now)) {
        return TooMany(address_budgets_.Wait(wish.client, now), WishOutcome::kAddressLimit);
    }
    total_budget_.Take(options_.total_cities, 1, now);
    return std::nullopt;
}

ErrorReply WeatherDesk::TooMany(Milliseconds wait, WishOutcome outcome) {
    Count(outcome);
    ErrorReply reply;
    reply.error = Failure::kRateLimited;
    reply.message = outcome == WishOutcome::kAddressLimit
                        ? "too many new cities were asked for from your network; try again soon"
                        : "too many new cities are asked for just now; try again soon";
    reply.retry_at = clock_.WallNow() + std::max(wait, Milliseconds(1)).count();
    return reply;
}

bool WeatherDesk::Command(
    const std::string& name, Room& room, std::string key, std::string user_id, std::uint64_t payload
) {
    contract::WeatherFetch fetch;
    fetch.user_id = user_id;
    fetch.place = room.where;
    fetch.timestamp = clock_.WallNow();
    auto done = [alive = std::weak_ptr<WeatherDesk*>(alive_), name, key, user_id, payload](
                    const Result<void>& published
                ) {
        if (const auto desk = alive.lock()) {
            (*desk)->OnPublished(name, key, user_id, payload, published);
        }
    };
    const SteadyTime now = clock_.Now();
    room.due = now + kRetryInterval;  // until it is answered
    room.command = key;
    room.command_until = now + options_.answer_time_max;
    const Result<void> handed = commands_.Write(
        CommandKind::kWeather,
        contract::kWeatherFetch,
        std::move(key),
        contract::Encode(fetch),
        std::move(done)
    );
    if (handed) return true;
    room.command.clear();
    return false;
}

void WeatherDesk::OnPublished(
    const std::string& name,
    const std::string& key,
    const std::string& user_id,
    std::uint64_t payload,
    const Result<void>& published
) {
    if (published) return;
    dedup_.Forget(user_id, payload);
    const auto found = rooms_.find(name);
    if (found == rooms_.end() || found->second.command != key) return;
    Hold hold;
    hold.reply.error = Failure::kSourceDown;
    hold.reply.message = "the weather cannot be asked for just now; try again soon";
    hold.until = clock_.Now();  // the next one may try
    hold.reply.retry_at = clock_.WallNow() + Milliseconds(kHoldShortest).count();
    Fail(name, found->second, std::move(hold), true);
}

void WeatherDesk::Change(const std::string& name, const RoomChange& change, ShardId shard) {
    if (!change.occupied) {
        const auto found = rooms_.find(name);
        if (found != rooms_.end()) found->second.members &= ~BitOf(shard);
        return;
    }
    Room* const room = Open(name);
    if (room == nullptr) return;
    if (room->command.empty()) room->where = change.where;
    if (room->members == 0 && room->due == SteadyTime::max()) {
        room->due = clock_.Now() + kRetryInterval;
    }
    room->members |= BitOf(shard);
}

Result<void> WeatherDesk::OnEvent(std::string_view payload) {
    const Result<contract::WeatherEvent> event = contract::DecodeWeatherEvent(payload);
    if (!event) return event.error();
    const SteadyTime now = clock_.Now();
    contract::Location where;
    if (const auto* const update = std::get_if<contract::WeatherUpdate>(&*event)) {
        where.city = update->data.city;
        where.country = update->data.country;
        const Result<std::string> name = RoomOf(where);
        if (!name) return name.error();
        Answered(*name, now + options_.weather_freshness);
        return {};
    }
    const auto& unavailable = std::get<contract::WeatherUnavailable>(*event);
    where.city = unavailable.city;
    where.country = unavailable.country;
    const Result<std::string> name = RoomOf(where);
    if (!name) return name.error();
    const auto found = rooms_.find(*name);
    if (found == rooms_.end()) return {};
    Room& room = found->second;
    Hold hold;
    hold.reply.error = unavailable.error;
    hold.reply.message = unavailable.message;
    hold.reply.retry_at = unavailable.retry_at;
    Milliseconds lasts = kHoldShortest;
    if (unavailable.retry_at) {
        // Not longer: whoever was told that time comes then. Not over: clocks of machines differ.
        const WallMillis wall = clock_.WallNow();
        lasts =
            std::max(Milliseconds(kNamedHoldShortest), Milliseconds(*unavailable.retry_at - wall));
        hold.reply.retry_at = wall + lasts.count();
    }
    if (unavailable.error == Failure::kNoCity) {
        // What another gateway's client called it says nothing about ours.
        if (room.command != unavailable.reply_to) return {};
        hold.of_region = true;
        hold.region = room.where.region;
        lasts = kNoCityHold;
    }
    hold.until = now + std::min(lasts, Milliseconds(kHoldLongest));
    // Whoever is in the room is told by the route, but for what is wrong with one asker's place.
    const bool tell = hold.of_region;
    Fail(*name, room, std::move(hold), tell);
    return {};
}

void WeatherDesk::Fail(const std::string& name, Room& room, Hold hold, bool tell) {
    FailedPlace failed;
    failed.room = name;
    failed.reply = hold.reply;
    failed.of_region = hold.of_region;
    failed.region = hold.region;
    room.due = std::max(hold.until, clock_.Now() + kRetryInterval);
    room.hold = std::make_unique<Hold>(std::move(hold));
    const std::uint64_t askers = std::exchange(room.askers, 0);
    room.command.clear();
    if (tell && askers != 0) tell_(askers, failed);
}

void WeatherDesk::Answered(const std::string& name, SteadyTime fresh_until) {
    Room* const room = Open(name);
    if (room == nullptr) return;
    const SteadyTime now = clock_.Now();
    room->command.clear();
    room->askers = 0;
    room->hold.reset();
    room->fresh_until = std::max(room->fresh_until, fresh_until);
    room->due = now + options_.weather_interval;
    room->known_until = now + 2 * options_.weather_interval;
}

void WeatherDesk::OnFound(const std::string& name, WallMillis at) {
    const Milliseconds age(std::max<WallMillis>(clock_.WallNow() - at, 0));
    Answered(name, clock_.Now() + options_.weather_freshness - age);
}

void WeatherDesk::Sweep() {
    for (auto place = rooms_.begin(); place != rooms_.end();) {
        Room& room = place->second;
        if (IsIdle(room)) {
            place = rooms_.erase(place);
            continue;
        }
        const bool is_due = room.members != 0 && clock_.Now() >= room.due && !UnderWay(room);
        if (is_due && !Again(place->first, room)) room.due = clock_.Now() + kRetryInterval;
        ++place;
    }
    stats_.rooms.Set(static_cast<std::int64_t>(rooms_.size()));
}

/// False when it has to wait for its turn.
bool WeatherDesk::Again(const std::string& name, Room& room) {
    const SteadyTime now = clock_.Now();
    if (now >= room.known_until && !total_budget_.Take(options_.total_cities, 1, now)) return false;
    if (!room.where.city.empty() &&
        Command(name, room, std::string(kOwnKey), std::string(kOwnKey), 0)) {
        stats_.periodic.Add();
        return true;
    }
    return false;
}

bool WeatherDesk::IsIdle(const Room& room) const {
    const SteadyTime now = clock_.Now();
    const bool held = room.hold && now < room.hold->until;
    return room.members == 0 && !UnderWay(room) && now >= room.known_until && !held;
}

void WeatherDesk::Count(WishOutcome outcome) {
    stats_.wishes[static_cast<std::size_t>(outcome)].Add();
}

}  // namespace flux::gateway
