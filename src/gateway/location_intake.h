// Where clients say they are, on one shard.
#pragma once

#include "gateway/desk_line.h"
#include "gateway/desk_options.h"
#include "gateway/gateway_session.h"
#include "gateway/gateway_stats.h"
#include "gateway/route_table.h"
#include "gateway/service_board.h"
#include "gateway/snapshot_table.h"
#include "gateway/waiting_list.h"
#include "runtime/shard.h"
#include "socketio/socketio_server.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace flux::gateway {

/// `text` as "City" or "City, Country". Errors: kBadInput. Thread: any.
Result<contract::Location> ReadDefaultCity(std::string_view text);

/// Puts each client into the room of its city, and sees to it that it hears of its weather: from
/// the snapshot, or that it is being asked for and then what came of it. Thread: its shard's.
class LocationIntake {
public:
    /// References outlive the intake. `options` were checked.
    LocationIntake(
        Shard& shard,
        const RouteTable& routes,
        const SnapshotTable& snapshots,
        const DeskOptions& options,
        const ServiceBoard& board,
        DeskLine& line,
        GatewayShardStats& stats
    );

    /// The place that a client's argument names; the default one when it names none. Nothing when
    /// it names none that can be: the client is told.
    std::optional<SessionPlace> Read(socketio::Socket& socket, std::string_view argument);

    /// `socket` is in the room of `place` and no more in that of the place before.
    void Move(socketio::Socket& socket, SessionPlace place);

    /// `socket` has its snapshots, as far as there are any; `payload` is a hash of what it said.
    void Want(socketio::Socket& socket, std::uint64_t payload);

    /// `socket` is gone.
    void Leave(socketio::Socket& socket);

    /// The place of `socket` as text for another gateway; empty when it has none.
    static std::string Save(const socketio::Socket& socket);
    /// What Save wrote, or something somebody made up.
    static std::optional<SessionPlace> Restore(std::string_view saved);

    /// Weather of `room`, or why there is none, goes to its members.
    void OnWeather(const std::string& room);

    void OnFailed(const FailedPlace& failed);
    void OnRefused(const RefusedWish& refused);

    std::size_t rooms() const { return members_.size(); }

private:
    struct Members {
        std::size_t count = 0;
        contract::Location where;  // as the first one called it
    };

    bool HasWeather(const std::string& room) const;
    bool Wish(socketio::Socket& socket, std::uint64_t payload, bool cold);
    void Enter(const SessionPlace& place);
    void Exit(const std::string& room);
    void Fail(socketio::Socket& socket, const contract::ErrorReply& reply);
    void OnExpired(const std::string& room, const WaitingList::Waiter& waiter);

    Shard& shard_;
    const SnapshotTable& snapshots_;
    const DeskOptions& options_;
    const ServiceBoard& board_;
    DeskLine& line_;
    GatewayShardStats& stats_;
    const RouteNumber weather_;
    const contract::Location default_place_;
    std::unordered_map<std::string, Members> members_;
    WaitingList waiting_;  // by room
};

}  // namespace flux::gateway
