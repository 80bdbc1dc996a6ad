// The Backend-for-Frontend: events of the bus become live pictures in browsers.
#pragma once

#include "base/metrics.h"
#include "bus/event_bus.h"
#include "cache/cache_set.h"
#include "gateway/broadcaster.h"
#include "gateway/bus_pump.h"
#include "gateway/desk.h"
#include "gateway/gateway_options.h"
#include "gateway/gateway_stats.h"
#include "gateway/snapshot_writer.h"
#include "runtime/patience.h"
#include "runtime/shard_set.h"
#include "runtime/task.h"
#include "runtime/task_group.h"
#include "socketio/socketio_server.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace flux::gateway {

/// Puts the parts together: one BusPump per topic on the first shard, one GatewayApp per shard.
///
///   Gateway gateway(shards, bus, options, metrics);
///   SocketIoServer server(shards, metrics, socketio_options, gateway.AppFactory());
///   server.Open();
///   co_await gateway.Start(server);      // on shards[0]
///   ...
///   co_await gateway.Stop();             // on shards[0], before the server or the bus goes away
///
/// Outlives the server. Thread: the one that made it, unless a member says otherwise.
class Gateway {
public:
    /// `caches` outlives the gateway and is started before it; nullptr: nothing is cached.
    Gateway(
        ShardSet& shards,
        bus::EventBus& bus,
        GatewayOptions options,
        MetricRegistry& metrics,
        cache::CacheSet* caches = nullptr
    );
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;
    ~Gateway();

    /// What the SocketIoServer makes its application with on each shard.
    socketio::SocketIoAppFactory AppFactory();

    /// Makes the configured topics, subscribes to every topic of the routes and looks back at what
    /// they hold already (see LookBack); from now on their events are delivered. Call it before
    /// clients can connect. What the bus cannot do yet is tried again as `patience` says. Errors:
    /// those of EventBus::Subscribe and EnsureTopic, with the topic; nothing runs then. Thread:
    /// shards[0].
    Task<Result<void>> Start(socketio::SocketIoServer& server, Patience patience = Patience());

    /// Asks the services for what has no event yet, and waits a little for it: call it once they
    /// run, and before the first client. Waits no longer once `abandoned`, which is asked here.
    /// Errors: when the bus does not take the commands. Thread: shards[0].
    Task<Result<void>> Refresh(
        Patience patience = Patience(), std::function<bool()> abandoned = {}
    );

    /// Takes no new records; returns when the running batches have ended. Thread: shards[0].
    Task<> Stop();

    const PumpStats* StatsOf(std::string_view topic) const;              // any thread
    const RouteStats& StatsOf(RouteNumber number) const;                 // any thread
    const DeskStats& desk_stats() const { return desk_stats_; }          // any thread
    const GatewayShardStats& ShardStatsOf(std::size_t shard) const;      // any thread
    const RouteTable& routes() const { return options_.tables.routes; }  // any thread

private:
    Task<> BeginReplay();
    Task<> AwaitShards();
    Task<Result<void>> EnsureTopics(const Patience& patience);
    Task<Result<void>> StartPumps(const Patience& patience);
    Task<> AwaitTopics();
    MissingTopic WhenMissing(const std::string& topic) const;
    void WriteMetrics(MetricWriter& out) const;
    void WriteShardMetrics(MetricWriter& out, std::size_t shard) const;

    ShardSet& shards_;
    bus::EventBus& bus_;
    const GatewayOptions options_;
    std::vector<RouteStats> route_stats_;
    std::vector<std::unique_ptr<GatewayShardStats>> shard_stats_;
    AddressLimits addresses_;
    const std::shared_ptr<Broadcaster> broadcaster_;
    DeskStats desk_stats_;
    const std::shared_ptr<Desk> desk_;
    cache::CacheSet* const caches_;
    SnapshotWriterStats writer_stats_;
    std::optional<SnapshotWriter> writer_;
    std::vector<std::unique_ptr<BusPump>> pumps_;
    std::unique_ptr<TaskGroup> waiting_;  // for missing topics
    bool stopping_ = false;
    MetricRegistry::Registration metrics_;  // last: what it reads goes after it
};

}  // namespace flux::gateway
