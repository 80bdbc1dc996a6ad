// Gives a client that joins the newest snapshots of its rooms.
#pragma once

#include "gateway/gateway_stats.h"
#include "gateway/intent.h"
#include "gateway/snapshot_table.h"
#include "socketio/socketio_server.h"

#include <cstddef>
#include <string>
#include <vector>

namespace flux::gateway {

/// Whether the snapshots of a route are asked for by an intent. Thread: any.
bool Answers(const Intent& intent, RouteNumber route);

/// Until when `frame`, of that route, may be given to who joins; 0: for ever. Thread: any.
WallMillis GoodUntil(const Route& route, const socketio::SharedFrame& frame);

/// Whether a snapshot may be given to who joins at `now`. Thread: any.
inline bool IsGood(const Snapshot& snapshot, WallMillis now) {
    return snapshot.good_until == 0 || now < snapshot.good_until;
}

/// Sends a snapshot to one socket; the weather of its place in its own spelling. Thread: the
/// socket's shard.
void SendSnapshot(socketio::Socket& socket, const Route& route, const Snapshot& snapshot);

/// Asks nobody: everything comes from the shard's own table, which is in step with what the shard
/// has delivered. So a client that joins and is hydrated in one go has neither a gap nor a newer
/// value followed by an older one. Thread: its shard's.
class Hydrator {
public:
    /// At most `bytes_max` of frames are sent at once, so that hydration alone never trips the
    /// outbox's bound.
    Hydrator(
        const RouteTable& routes,
        const SnapshotTable& snapshots,
        std::size_t bytes_max,
        const Clock& clock,
        GatewayShardStats& stats
    )
        : routes_(routes),
          snapshots_(snapshots),
          bytes_max_(bytes_max),
          clock_(clock),
          stats_(stats) {}

    /// Sends the snapshots of `rooms` that answer `intent`; returns how many more bytes may be
    /// sent.
    std::size_t Hydrate(
        socketio::Socket& socket, const std::vector<std::string>& rooms, const Intent& intent
    );

private:
    const RouteTable& routes_;
    const SnapshotTable& snapshots_;
    const std::size_t bytes_max_;
    const Clock& clock_;
    GatewayShardStats& stats_;
};

}  // namespace flux::gateway
