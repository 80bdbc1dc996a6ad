#include "gateway/cache_hydrator.h"

#include "base/log.h"
#include "gateway/broadcaster.h"
#include "gateway/hydrator.h"
#include "gateway/rendered_event.h"
#include "json/json_check.h"
#include "limits/limits.h"
#include "runtime/task_group.h"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace flux::gateway {
namespace {

constexpr std::string_view kRecordKey = "key";  // {key}, in a template

bool IsIn(const socketio::Socket& socket, const std::string& room) {
    const std::vector<std::string> rooms = socket.Rooms();
    return std::find(rooms.begin(), rooms.end(), room) != rooms.end();
}

}  // namespace

CacheHydrator::CacheHydrator(
    Shard& shard,
    cache::Cache& cache,
    const RouteTable& routes,
    SnapshotTable& snapshots,
    GatewayShardStats& stats
)
    : shard_(shard),
      cache_(cache),
      routes_(routes),
      snapshots_(snapshots),
      stats_(stats),
      alive_(std::make_shared<CacheHydrator*>(this)) {
    for (RouteNumber number = 1; number <= routes_.size(); ++number) {
        if (routes_.Find(number)->cache) cached_.push_back(number);
    }
}

std::optional<CacheHydrator::Whereabouts> CacheHydrator::Locate(
    const Route& route, const std::string& room
) {
    if (route.shape != nullptr && route.shape->cache_key_of != nullptr) {
        Whereabouts found;
        found.cache_key = route.shape->cache_key_of(room);
        if (found.cache_key.empty()) return std::nullopt;
        return found;
    }
    const auto values = route.room.TakeApart(room);
    if (!values) return std::nullopt;
    Result<std::string> cache_key = route.cache->key.Fill(*values);
    if (!cache_key) return std::nullopt;
    Whereabouts found;
    found.cache_key = *std::move(cache_key);
    if (const auto key = values->find(kRecordKey); key != values->end()) {
        found.record_key = key->second;
    }
    return found;
}

void CacheHydrator::Hydrate(
    socketio::Socket& socket,
    const std::vector<std::string>& rooms,
    const Intent& intent,
    std::size_t bytes_max
) {
    std::shared_ptr<std::size_t> bytes_left;
    for (const RouteNumber number : cached_) {
        if (!Answers(intent, number)) continue;
        for (const std::string& room : rooms) {
            if (snapshots_.Contains(number, room)) continue;
            std::optional<Whereabouts> where = Locate(*routes_.Find(number), room);
            if (!where) continue;
            if (!bytes_left) bytes_left = std::make_shared<std::size_t>(bytes_max);
            Place place(number, room);
            const auto known = questions_.find(place);
            if (known == questions_.end() && questions_.size() >= limits::kCacheQuestionsMax) {
                stats_.cache_not_asked.Add();
                continue;
            }
            Question& question = questions_[place];
            question.waiters.push_back({.socket = socket.Ref(), .bytes_left = bytes_left});
            if (known == questions_.end()) Begin(question, *std::move(where), std::move(place));
        }
    }
}

void CacheHydrator::Warm(RouteNumber route, const std::string& room) {
    Place place(route, room);
    if (snapshots_.Contains(route, room) || questions_.contains(place)) return;
    std::optional<Whereabouts> where = Locate(*routes_.Find(route), room);
    if (!where) return;
    if (questions_.size() >= limits::kCacheQuestionsMax) return stats_.cache_not_asked.Add();
    Question& question = questions_[place];
    Begin(question, *std::move(where), std::move(place));
}

void CacheHydrator::Begin(Question& question, Whereabouts where, Place place) {
    question.record_key = std::move(where.record_key);
    stats_.cache_asked.Add();
    boost::asio::co_spawn(
        shard_.io(),
        Ask(alive_, cache_, std::move(where.cache_key), std::move(place)),
        [](const std::exception_ptr& bug) { ReportTaskFailure("gateway.hydrate", bug); }
    );
}

void CacheHydrator::Overtake(RouteNumber route, std::string_view room) {
    if (questions_.empty()) return;  // as for nearly every delivery: no copy is made
    const auto found = questions_.find(Place(route, room));
    if (found != questions_.end()) found->second.overtaken = true;
}

Task<> CacheHydrator::Ask(
    std::weak_ptr<CacheHydrator*> asker, cache::Cache& cache, std::string cache_key, Place place
) {
    std::optional<std::string> payload = co_await cache.Get(std::move(cache_key));
    if (const auto alive = asker.lock()) (*alive)->Answer(place, std::move(payload));
}

void CacheHydrator::Answer(const Place& place, std::optional<std::string> payload) {
    const auto found = questions_.find(place);
    const Question question = std::move(found->second);
    questions_.erase(found);
    if (!payload) return;
    if (question.overtaken || snapshots_.Contains(place.first, place.second)) {
        return stats_.cache_overtaken.Add();
    }
    Result<Snapshot> snapshot = Check(place, question, *payload);
    if (!snapshot) {
        stats_.cache_rejected.Add();
        if (std::exchange(rejection_said_, true)) return;
        return log::Warn(
            "gateway.cache_rejected",
            "what the cache holds for a room was passed over; further ones are only counted "
            "(flux_gateway_cache_rejected_total)",
            {{"route", routes_.Find(place.first)->name},
             {"room", place.second},
             {"detail", snapshot.error().context}}
        );
    }
    snapshot->taken = shard_.clock().Now();
    Send(question, *snapshot);
    snapshots_.Put(*std::move(snapshot));
    if (on_found_) on_found_(place.first, place.second);
}

/// Anybody may have written it: it becomes a snapshot only as the record it should be.
Result<Snapshot> CacheHydrator::Check(
    const Place& place, const Question& question, std::string_view payload
) {
    const Route& route = *routes_.Find(place.first);
    if (const Result<void> checked = json::Check(payload); !checked) return checked.error();
    const auto refuse = [](const std::string& why) {
        return Error(ErrorCode::kBadInput, Retry::kNever, why);
    };
    if (route.shape != nullptr) return CheckShaped(place, payload);
    const bool key_fits = !question.record_key || route.match.AllowsKey(*question.record_key);
    if (!key_fits || !route.match.AllowsPayload(payload)) {
        return refuse("it is no record that the route takes");
    }
    bus::Message message;
    message.key = question.record_key;
    message.payload = SharedBytes(payload);
    std::variant<RenderedEvent, Unrenderable> rendered = Render(route, message);
    if (const auto* const failed = std::get_if<Unrenderable>(&rendered)) {
        return refuse(failed->detail);
    }
    return SnapshotOf(place, std::get<RenderedEvent>(std::move(rendered)));
}

Result<Snapshot> CacheHydrator::CheckShaped(const Place& place, std::string_view value) {
    const EventShape& shape = *routes_.Find(place.first)->shape;
    const auto make = shape.of_cached != nullptr ? shape.of_cached : shape.of_record;
    Result<ShapedEvent> shaped = make(value);
    if (!shaped) return shaped.error();
    return SnapshotOf(place, Dress(*routes_.Find(place.first), *std::move(shaped)));
}

Result<Snapshot> CacheHydrator::SnapshotOf(const Place& place, RenderedEvent event) {
    const auto refuse = [](const std::string& why) {
        return Error(ErrorCode::kBadInput, Retry::kNever, why);
    };
    if (event.room != place.second) return refuse("it is for the room " + event.room);
    const Route& route = *routes_.Find(place.first);
    Snapshot snapshot;
    snapshot.route = place.first;
    snapshot.key = std::move(event.key);
    snapshot.room = std::move(event.room);
    snapshot.frame = std::move(event.frame);
    snapshot.policy = route.delivery;
    snapshot.conflation_key = ConflationKey(place.first, snapshot.key);
    snapshot.good_until = GoodUntil(route, snapshot.frame);
    if (!IsGood(snapshot, shard_.clock().WallNow())) return refuse("it is too old");
    return snapshot;
}

void CacheHydrator::Send(const Question& question, const Snapshot& snapshot) {
    for (const Waiter& waiter : question.waiters) {
        socketio::Socket* const socket = waiter.socket.Get();
        if (socket == nullptr || !IsIn(*socket, snapshot.room)) continue;
        if (snapshot.frame.size() > *waiter.bytes_left) {
            stats_.hydrations_cut.Add();
            continue;
        }
        *waiter.bytes_left -= snapshot.frame.size();
        stats_.cache_hydrations.Add();
        SendSnapshot(*socket, *routes_.Find(snapshot.route), snapshot);
    }
}

}  // namespace flux::gateway
