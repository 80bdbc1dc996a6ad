// Asks the cache for the snapshots of rooms of which this gateway has seen no record yet.
#pragma once

#include "base/result.h"
#include "cache/cache.h"
#include "gateway/gateway_stats.h"
#include "gateway/intent.h"
#include "gateway/rendered_event.h"
#include "gateway/route_table.h"
#include "gateway/snapshot_table.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "socketio/socketio_server.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::gateway {

/// A join is complete without it: what the cache has follows as an event, unless a live record was
/// delivered meanwhile, which is newer and wins. Many who join one room cause one question. What
/// the cache gives is checked as a record is, and must belong to the room it was asked for.
///
/// Thread: its shard's.
class CacheHydrator {
public:
    /// All references outlive the hydrator; `cache` also the questions that are under way.
    CacheHydrator(
        Shard& shard,
        cache::Cache& cache,
        const RouteTable& routes,
        SnapshotTable& snapshots,
        GatewayShardStats& stats
    );
    CacheHydrator(const CacheHydrator&) = delete;
    CacheHydrator& operator=(const CacheHydrator&) = delete;

    /// `socket` has joined `rooms`. Asks for the snapshots of theirs that answer `intent` and are
    /// not here; at most `bytes_max` of what comes is sent to it.
    void Hydrate(
        socketio::Socket& socket,
        const std::vector<std::string>& rooms,
        const Intent& intent,
        std::size_t bytes_max
    );

    /// Asks for the snapshot of `room` on behalf of one who is not in it; see OnFound.
    void Warm(RouteNumber route, const std::string& room);

    /// A record, or the end of one, is delivered to that room: what the cache may say is older.
    void Overtake(RouteNumber route, std::string_view room);

    /// Calls `handler` when the cache had the snapshot of a room, behind its sending.
    void OnFound(std::function<void(RouteNumber, const std::string& room)> handler) {
        on_found_ = std::move(handler);
    }

private:
    using Place = std::pair<RouteNumber, std::string>;  // a route and a room
    struct Waiter {
        socketio::SocketRef socket;
        std::shared_ptr<std::size_t> bytes_left;  // of one Hydrate
    };
    struct Question {
        std::vector<Waiter> waiters;
        std::optional<std::string> record_key;  // as the room names it
        bool overtaken = false;
    };

    /// Where the snapshot of a room is, if `route` delivers to it.
    struct Whereabouts {
        std::string cache_key;
        std::optional<std::string> record_key;
    };
    static std::optional<Whereabouts> Locate(const Route& route, const std::string& room);

    void Begin(Question& question, Whereabouts where, Place place);
    static Task<> Ask(
        std::weak_ptr<CacheHydrator*> asker, cache::Cache& cache, std::string cache_key, Place place
    );
    void Answer(const Place& place, std::optional<std::string> payload);
    Result<Snapshot> Check(const Place& place, const Question& question, std::string_view payload);
    Result<Snapshot> CheckShaped(const Place& place, std::string_view value);
    Result<Snapshot> SnapshotOf(const Place& place, RenderedEvent event);
    void Send(const Question& question, const Snapshot& snapshot);

    Shard& shard_;
    cache::Cache& cache_;
    const RouteTable& routes_;
    SnapshotTable& snapshots_;
    GatewayShardStats& stats_;
    std::vector<RouteNumber> cached_;  // the routes with a cache
    std::map<Place, Question> questions_;
    bool rejection_said_ = false;
    std::function<void(RouteNumber, const std::string&)> on_found_;
    std::shared_ptr<CacheHydrator*> alive_;  // answers hold it weakly
};

}  // namespace flux::gateway
