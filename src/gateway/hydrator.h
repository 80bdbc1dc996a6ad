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

/// Asks nobody: everything comes from the shard's own table, which is in step with what the shard
/// has delivered. So a client that joins and is hydrated in one go has neither a gap nor a newer
/// value followed by an older one. Thread: its shard's.
class Hydrator {
public:
    /// At most `bytes_max` of frames are sent at once, so that hydration alone never trips the
    /// outbox's bound.
    Hydrator(const SnapshotTable& snapshots, std::size_t bytes_max, GatewayShardStats& stats)
        : snapshots_(snapshots),
          bytes_max_(bytes_max),
          stats_(stats) {}

    /// Sends the snapshots of `rooms` that answer `intent`; returns how many more bytes may be
    /// sent.
    std::size_t Hydrate(
        socketio::Socket& socket, const std::vector<std::string>& rooms, const Intent& intent
    );

private:
    const SnapshotTable& snapshots_;
    const std::size_t bytes_max_;
    GatewayShardStats& stats_;
};

}  // namespace flux::gateway
