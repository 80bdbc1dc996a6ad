// What a shard has delivered on replay routes lately: what a client that comes back may have
// missed.
#pragma once

#include "base/counter.h"
#include "gateway/replay_position.h"
#include "gateway/route_table.h"
#include "socketio/recovery_verdict.h"
#include "socketio/shared_frame.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace flux::gateway {

struct ReplayStats {
    Gauge records;
    Gauge bytes;      ///< frames are shared with other shards and outboxes
    Counter evicted;  ///< made room for newer ones
};

struct ReplayBounds {
    std::size_t records_max = 0;  ///< per route
    std::size_t bytes_max = 0;    ///< per route
};

/// A ring of deliveries per replay route, by room. A room remembers the newest place that was
/// evicted from it, so that one which is quiet loses nothing because others are busy; rooms that
/// hold nothing any more are remembered in a bounded number, the rest together. Fed by the shard's
/// broadcasts in their order: what it holds is what the shard's sockets were sent. Thread: its
/// owner's shard.
class ReplayLog {
public:
    ReplayLog(const RouteTable& routes, const ReplayBounds& bounds, ReplayStats& stats);
    ReplayLog(const ReplayLog&) = delete;
    ReplayLog& operator=(const ReplayLog&) = delete;

    /// Begins at `from`, of a layout that is new here: nothing before it is known.
    void Begin(const ReplayOffset& from);

    /// Broadcasts were missed: nothing is known until the next delivery.
    void Reset();

    /// A delivery, with the offset that stands after it.
    void Add(
        RouteNumber route,
        const std::string& room,
        const socketio::SharedFrame& frame,
        const ReplayOffset& after
    );

    /// There are replay routes, and it is known where they stand.
    bool active() const { return active_; }
    /// Where the shard stands.
    const ReplayOffset& now() const { return now_; }

    /// Nothing before is known.
    const ReplayOffset& begin() const { return begin_; }

    /// The newest places, one of each partition, that something was sent to `rooms` from since they
    /// were joined: who includes them, and covers begin(), has missed nothing in them up to now().
    std::vector<ReplayPlace> NewestOf(
        const std::vector<std::string>& rooms, const JoinPlaces& joined
    ) const;

    /// Appends to `missed`, in order, what went to `rooms` behind `from` and since they were
    /// joined: all of it or, with the verdict kTooOld or kTooMuch (over `bytes_max`), nothing of
    /// worth.
    socketio::RecoveryVerdict Collect(
        const std::vector<std::string>& rooms,
        const ReplayPosition& from,
        const JoinPlaces& joined,
        std::size_t bytes_max,
        std::vector<socketio::SharedFrame>& missed
    ) const;

private:
    struct Entry {
        std::uint64_t number;  // over all rooms and routes
        ReplayPlace place;
        socketio::SharedFrame frame;
    };
    /// The newest place in a partition that a room was sent something from.
    struct RoomLog {
        std::deque<Entry> entries;
        std::vector<ReplayPlace> evicted;             // the newest of each partition
        std::vector<ReplayPlace> newest;              // of each partition
        std::list<std::string_view>::iterator empty;  // in empty_, while it holds nothing
    };
    struct Ring {
        std::unordered_map<std::string, RoomLog> rooms;
        std::deque<std::string_view> order;  // the room of each entry, oldest first
        std::list<std::string_view> empty;   // rooms that hold nothing, the longest first
        std::vector<ReplayPlace> folded;     // of rooms that are forgotten
        std::size_t bytes = 0;
    };

    static void Note(std::vector<ReplayPlace>& places, const ReplayPlace& place);
    void EvictOldest(Ring& ring);
    void Clear();

    const ReplayBounds bounds_;
    ReplayStats& stats_;
    std::vector<Ring> rings_;  // by route number - 1; empty for routes of another kind
    ReplayOffset begin_;       // nothing before it is known
    ReplayOffset now_;
    std::uint64_t numbers_ = 0;
    bool active_ = false;
};

}  // namespace flux::gateway
