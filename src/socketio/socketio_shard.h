// One shard's part of a Socket.IO server: namespaces, rooms, and what the ring brings for them.
#pragma once

#include "runtime/broadcast_ring.h"
#include "socketio/engine_shard.h"
#include "socketio/every_rooms.h"
#include "socketio/namespace_socket.h"
#include "socketio/packet.h"
#include "socketio/room_table.h"
#include "socketio/shard_recovery.h"
#include "socketio/socketio_server.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace flux::socketio {

/// Broadcasts of the process. An entry is a handle: reading one copies no text.
using DeliveryRing = BroadcastRing<std::shared_ptr<const Delivery>>;

/// A namespace on one shard: exists while somebody is in it.
struct Namespace {
    std::string name;
    RoomTable rooms;
    std::size_t sockets = 0;  // in it, or waiting for the end of the turn
};

/// Thread: written by the shard, read by any.
struct SocketIoStats {
    Gauge sockets;  ///< connected to a namespace now
    Counter connects;
    Counter connect_errors;
    Counter events_in;
    Counter acks_in;
    Counter joins_refused;  ///< of rooms: too many of a socket, or the name is too long
    Counter asks_refused;  ///< events that wanted an acknowledgement of a client that owes too many
    Counter broadcasts;    ///< entries read from the ring
    Counter deliveries;    ///< broadcasts times recipients
    Counter ring_missed;
    Counter closed_for_missed;  ///< sessions closed because a broadcast for them may be lost
};
void Describe(MetricWriter& out, const SocketIoStats& stats);

/// Thread: its shard's.
class SocketIoShard final : public EngineApp {
public:
    /// What it shares with the other shards of its server, and what it counts in.
    struct Parts {
        DeliveryRing& ring;
        const EveryRooms& every_rooms;
        SocketIoStats& stats;
        RecoveryStats& recovery_stats;
        const std::shared_ptr<RecoveryShared>& recovery;
    };

    SocketIoShard(EngineShard& engine, const Parts& parts, const SocketIoAppFactory& make_app);
    SocketIoShard(const SocketIoShard&) = delete;
    SocketIoShard& operator=(const SocketIoShard&) = delete;
    ~SocketIoShard() override;

    std::unique_ptr<SessionHandler> OnOpen(Session& session) override;
    void TakeNews(std::size_t bytes_max) override;
    bool HasNews() const override { return ring_.HasNews(cursor_); }
    void OnTurnEnd() override;

    EngineShard& engine() { return engine_; }
    SocketIoApp& app() { return *app_; }
    SocketIoStats& stats() { return stats_; }
    ShardRecovery& recovery() { return recovery_; }

    /// The namespace called `name`, made if need be, with one more socket in it.
    Namespace& Enter(std::string_view name);

    /// Keeps a socket that has left until the end of the turn.
    void Bury(std::unique_ptr<NamespaceSocket> socket) { buried_.push_back(std::move(socket)); }

    /// What the handling of one event needs, kept for the next.
    struct EventScratch {
        Event event;
        EventParts parts;
    };
    EventScratch& scratch() { return scratch_; }

private:
    void Deliver(const Delivery& delivery);
    void OnFellBehind(std::uint64_t missed);

    EngineShard& engine_;
    DeliveryRing& ring_;
    const EveryRooms& every_rooms_;
    SocketIoStats& stats_;
    DeliveryRing::Cursor cursor_;  // from the ring's beginning: snapshots posted before count
    std::unordered_map<std::string_view, std::unique_ptr<Namespace>> namespaces_;
    EventScratch scratch_;
    std::unique_ptr<SocketIoApp> app_;
    std::vector<std::unique_ptr<NamespaceSocket>> buried_;
    ShardRecovery recovery_;
};

}  // namespace flux::socketio
