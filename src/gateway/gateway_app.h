// The application behind the Socket.IO server, on one shard.
#pragma once

#include "cache/cache.h"
#include "gateway/address_limits.h"
#include "gateway/broadcaster.h"
#include "gateway/cache_hydrator.h"
#include "gateway/desk_line.h"
#include "gateway/gateway_options.h"
#include "gateway/gateway_stats.h"
#include "gateway/hydrator.h"
#include "gateway/location_intake.h"
#include "gateway/replay_log.h"
#include "gateway/request_intake.h"
#include "gateway/service_board.h"
#include "gateway/snapshot_table.h"
#include "runtime/shard.h"
#include "socketio/socketio_server.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace flux::gateway {

struct GatewaySession;

/// Greets clients, answers their intents, keeps this shard's snapshots in step with the ring.
/// Thread: its shard's.
class GatewayApp final : public socketio::SocketIoApp, private DeskListener {
public:
    /// All references outlive the app. `addresses` is shared by all shards. `pump_shard` is where
    /// `broadcaster` and `desk` live. `cache` is this shard's view, or nullptr.
    GatewayApp(
        Shard& shard,
        const GatewayOptions& options,
        AddressLimits& addresses,
        Shard& pump_shard,
        std::shared_ptr<const Broadcaster> broadcaster,
        std::shared_ptr<Desk> desk,
        cache::Cache* cache,
        GatewayShardStats& stats
    );
    ~GatewayApp() override;

    Result<void> OnConnect(socketio::Socket& socket, std::string_view auth) override;
    void OnConnected(socketio::Socket& socket) override;
    void OnEvent(socketio::Socket& socket, const socketio::Event& event) override;
    std::string Bookmark() override;
    std::string Suspend(socketio::Socket& socket) override;
    socketio::RecoveryVerdict Judge(
        const socketio::KeptSession& session, const std::optional<std::string>& offset
    ) override;
    void OnRecovered(
        socketio::Socket& socket,
        const socketio::KeptSession& session,
        const std::optional<std::string>& offset
    ) override;
    void OnDisconnect(socketio::Socket& socket, socketio::DisconnectReason reason) override;
    void OnDelivery(const socketio::Delivery& delivery) override;
    void OnMissed(std::uint64_t entries) override;

private:
    struct Refusal;

    void Greet(socketio::Socket& socket);
    socketio::RecoveryVerdict Locate(
        const socketio::KeptSession& session,
        const std::optional<std::string>& offset,
        ReplayPosition& from
    ) const;
    void RememberJoined(socketio::Socket& socket, const std::vector<std::string_view>& rooms);
    void CollectSnapshots(const socketio::KeptSession& session);
    void OnPlaceFailed(const FailedPlace& failed) override;
    void OnRequestFailed(std::size_t request, const contract::ErrorReply& reply) override;
    bool Perform(
        socketio::Socket& socket,
        const Intent& intent,
        std::string_view argument,
        const socketio::Ack& ack,
        Refusal& refusal
    );
    bool JoinAll(
        socketio::Socket& socket,
        const Intent& intent,
        const std::vector<std::string>& rooms,
        const std::string& leaving,
        Refusal& refusal
    );
    void Keep(Snapshot snapshot);
    bool MayAsk(socketio::Socket& socket, Refusal& refusal);
    bool MayJoin(socketio::Socket& socket, std::size_t rooms, Refusal& refusal);
    void Refuse(socketio::Socket& socket, const socketio::Event& event, const Refusal& refusal);
    void Count(IntentOutcome outcome);

    void RequestRefill();
    void ApplyRefill(SnapshotCopy copy);
    void SendAfresh(const std::vector<Snapshot>& snapshots);

    Shard& shard_;
    const GatewayOptions& options_;
    AddressLimits& addresses_;
    Shard& pump_shard_;
    const std::shared_ptr<const Broadcaster> broadcaster_;
    GatewayShardStats& stats_;
    SnapshotTable snapshots_;
    Hydrator hydrator_;
    ReplayLog replay_;
    const bool replays_;      // there are replay routes
    const Intent recovered_;  // what the cache is asked for when a client comes back
    /// What the session that was judged last has missed.
    struct Missed {
        std::vector<socketio::SharedFrame> replay;
        std::vector<Snapshot> snapshots;
        std::size_t bytes = 0;
        ReplayPosition from;  // behind which it was missed
    };
    Missed missed_;
    std::optional<CacheHydrator> from_cache_;
    const RouteNumber weather_;
    const RouteNumber weather_error_;
    const RouteNumber status_;
    ServiceBoard board_;
    DeskLine line_;
    LocationIntake places_;
    RequestIntake requests_;
    std::unordered_set<socketio::Socket*> sockets_;
    Sequence last_seen_ = 0;  // the newest delivery read from the ring
    bool refill_running_ = false;
    bool refill_again_ = false;
    std::shared_ptr<GatewayApp*> alive_;  // letters that come back hold it weakly
};

}  // namespace flux::gateway
