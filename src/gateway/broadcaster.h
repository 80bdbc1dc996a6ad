// The one place deliveries leave from: numbers them, keeps the master copy of the snapshots, posts
// them to the ring.
#pragma once

#include "gateway/replay_source.h"
#include "gateway/route_table.h"
#include "gateway/snapshot_table.h"
#include "socketio/socketio_server.h"

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {

/// Everything a shard needs that fell off the ring.
struct SnapshotCopy {
    Sequence sequence = 0;  ///< the last delivery it holds
    std::vector<Snapshot> snapshots;
};

/// Thread: the pump's shard.
class Broadcaster {
public:
    /// `identity`: see ReplaySource.
    Broadcaster(const RouteTable& routes, std::size_t snapshot_bytes_max, std::string identity);
    Broadcaster(const Broadcaster&) = delete;
    Broadcaster& operator=(const Broadcaster&) = delete;

    /// Where to post. Nothing is posted (only kept) while this is nullptr.
    void Open(socketio::SocketIoServer* server) { server_ = server; }

    void Post(
        RouteNumber number,
        const std::string& key,
        const std::string& room,
        const socketio::SharedFrame& frame
    );

    /// Removes the snapshot of a key on every shard, in order with the deliveries.
    void Forget(RouteNumber number, const std::string& key);

    SnapshotCopy Copy() const;

    /// Whether there is a snapshot of that key.
    bool Has(RouteNumber number, const std::string& key) const {
        return master_.Contains(number, key);
    }

    /// Positions of the replay routes. A pump tells it of every record of their topics.
    ReplaySource& replay() { return replay_; }
    const ReplaySource& replay() const { return replay_; }  // any thread: HasRead

    /// Tells every shard where the replay routes begin: once, and when their layout is another.
    void PostLayout();

    /// The newest delivery in the ring. Any thread.
    Sequence posted() const { return posted_.load(std::memory_order_acquire); }

    const SnapshotStats& stats() const { return stats_; }  // any thread

private:
    const RouteTable& routes_;
    socketio::SocketIoServer* server_ = nullptr;
    SnapshotStats stats_;
    SnapshotTable master_;
    ReplaySource replay_;
    Sequence sequence_ = 0;
    std::atomic<Sequence> posted_{0};
};

/// The conflation key of (route, key): a hash that is neither 0 nor all ones. Thread: any.
std::uint64_t ConflationKey(RouteNumber number, std::string_view key);

}  // namespace flux::gateway
