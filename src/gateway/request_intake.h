// Answers the four requests of pages, on one shard.
#pragma once

#include "gateway/desk_line.h"
#include "gateway/desk_options.h"
#include "gateway/gateway_stats.h"
#include "gateway/request_table.h"
#include "gateway/route_table.h"
#include "gateway/service_board.h"
#include "gateway/snapshot_table.h"
#include "gateway/waiting_list.h"
#include "runtime/shard.h"
#include "socketio/socketio_server.h"

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace flux::gateway {

/// Who asks gets the newest event at once, or hears `loading` and gets it when it comes, or hears
/// why it does not. Thread: its shard's.
class RequestIntake {
public:
    /// Asks whatever else may have the snapshot of a route.
    using Warm = std::function<void(RouteNumber route, const std::string& room)>;

    /// References outlive the intake.
    RequestIntake(
        Shard& shard,
        const RouteTable& routes,
        const SnapshotTable& snapshots,
        const DeskOptions& options,
        const ServiceBoard& board,
        DeskLine& line,
        GatewayShardStats& stats,
        Warm warm
    );

    void Take(socketio::Socket& socket, std::size_t request, const socketio::Ack& ack);

    /// This shard has a new snapshot of `route`; members of its room get it without this.
    void OnSnapshot(RouteNumber route);

    /// A service says how it does.
    void OnStatus(std::string_view domain);

    /// Nobody will answer `request` for now.
    void OnFailed(std::size_t request, const contract::ErrorReply& reply);

private:
    struct Row {
        RouteNumber route = 0;
        std::string room;
    };

    const Snapshot* Find(std::size_t request) const;
    void OnExpired(const std::string& what, const WaitingList::Waiter& waiter);
    void Settle(socketio::Socket& socket, std::size_t request);

    Shard& shard_;
    const SnapshotTable& snapshots_;
    const DeskOptions& options_;
    const ServiceBoard& board_;
    DeskLine& line_;
    GatewayShardStats& stats_;
    const Warm warm_;
    std::array<Row, kRequests.size()> rows_;
    WaitingList waiting_;  // by the request's event
};

}  // namespace flux::gateway
