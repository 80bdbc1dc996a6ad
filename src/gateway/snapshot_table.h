// The newest frame of each route and key, ready to send.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "gateway/route_table.h"
#include "socketio/socketio_server.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace flux::gateway {

/// Counts the deliveries of one gateway in the order they are posted, from 1 on.
using Sequence = std::uint64_t;

struct Snapshot {
    RouteNumber route = 0;
    std::string key;
    std::string room;
    socketio::SharedFrame frame;
    socketio::DeliveryPolicy policy = socketio::DeliveryPolicy::kEvery;
    std::uint64_t conflation_key = 0;
    Sequence sequence = 0;      ///< 0: from the cache, older than anything delivered here
    SteadyTime taken;           ///< when this shard read it
    WallMillis good_until = 0;  ///< then it is too old to be given to who joins; 0: never
};

struct SnapshotStats {
    Gauge entries;
    Gauge
        bytes;  ///< of keys, rooms and frames; frames are shared with other tables and the outboxes
    Counter evicted;
};

/// Bounded in keys per route and in bytes of keys, rooms and frames. When full, the key that was
/// updated longest ago makes room (its clients get it again with its next update) and is counted.
/// Thread: its owner's shard.
class SnapshotTable {
public:
    SnapshotTable(const RouteTable& routes, std::size_t bytes_max, SnapshotStats& stats);
    SnapshotTable(const SnapshotTable&) = delete;
    SnapshotTable& operator=(const SnapshotTable&) = delete;

    /// Keeps `snapshot` unless a newer one of its route and key is there. One larger than the
    /// whole bound is not kept.
    void Put(Snapshot snapshot);

    /// Forgets what is not newer than `sequence`.
    void Remove(RouteNumber route, const std::string& key, Sequence sequence);

    bool Contains(RouteNumber route, const std::string& key) const;

    /// The sequence of what is kept, or 0.
    Sequence SequenceOf(RouteNumber route, const std::string& key) const;

    /// Visits the snapshots of a room in the order their keys first appeared. `visit` returns false
    /// to end.
    void VisitRoom(const std::string& room, const std::function<bool(const Snapshot&)>& visit)
        const;

    /// A copy of everything; the frames are shared.
    std::vector<Snapshot> All() const;

    std::size_t size() const { return by_key_.size(); }
    std::size_t bytes() const { return bytes_; }

private:
    struct Id {
        RouteNumber route;
        std::string key;
        friend bool operator==(const Id&, const Id&) = default;
    };
    struct IdHash {
        std::size_t operator()(const Id& id) const;
    };
    struct Entry {
        Snapshot snapshot;
        std::uint64_t birth = 0;                   // its place among those of its room
        std::list<Entry*>::iterator by_age;        // in ages_
        std::list<Entry*>::iterator by_route_age;  // in route_ages_
    };

    /// What one costs of the bytes.
    static std::size_t Weight(const Snapshot& snapshot);

    void Insert(Snapshot snapshot);
    void Update(Entry& entry, Snapshot snapshot);
    void Erase(Entry& entry);
    void JoinRoom(Entry& entry);
    void LeaveRoom(Entry& entry);
    void MakeRoom(RouteNumber route);
    void Publish();

    const RouteTable& routes_;
    const std::size_t bytes_max_;
    SnapshotStats& stats_;
    std::size_t bytes_ = 0;
    std::uint64_t births_ = 0;
    std::unordered_map<Id, Entry, IdHash> by_key_;
    std::unordered_map<std::string, std::map<std::uint64_t, Entry*>> by_room_;
    std::list<Entry*> ages_;                     // oldest first
    std::vector<std::list<Entry*>> route_ages_;  // the same per route, by number - 1
};

}  // namespace flux::gateway
