// Reads one topic of the bus and turns its records into deliveries.
#pragma once

#include "base/result.h"
#include "bus/event_bus.h"
#include "gateway/broadcaster.h"
#include "gateway/gateway_stats.h"
#include "gateway/look_back.h"
#include "gateway/record_watcher.h"
#include "gateway/route_table.h"
#include "gateway/snapshot_writer.h"
#include "runtime/task.h"

#include <boost/asio/steady_timer.hpp>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {

/// What a pump does when the bus does not have its topic.
struct MissingTopic {
    /// It is made like this; none: it is somebody else's, and waited for.
    std::optional<bus::TopicOptions> make = bus::TopicOptions();
};

/// Every gateway reads every partition of the topic from its end on, after a look back at the
/// newest events that stand there already. A record is matched by its raw key first; then its
/// payload is checked, once, and for each route that takes it wrapped into one frame that all
/// recipients share. What cannot be delivered is counted, logged once per kind, and passed over: it
/// stops nothing. Thread: one shard's.
class BusPump {
public:
    /// `route_stats` holds one per route of the table, by number - 1. All references outlive the
    /// pump.
    BusPump(
        std::string topic,
        const RouteTable& routes,
        Broadcaster& broadcaster,
        std::vector<RouteStats>& route_stats
    );
    /// From now on the records of routes with a cache are handed to `writer`, which outlives the
    /// pump.
    void WriteBehind(SnapshotWriter* writer) { writer_ = writer; }

    /// Tells `watcher`, which outlives the pump, what is read from now on.
    void Tell(RecordWatcher* watcher) { watcher_ = watcher; }

    BusPump(const BusPump&) = delete;
    BusPump& operator=(const BusPump&) = delete;

    /// Subscribes on the calling shard. A topic that the bus does not have is made, or waited for:
    /// see LookAgain. Then posts the newest event of each key that routes with snapshots find in
    /// the topic, as far as `look_back` says and until `until`; what comes meanwhile waits and is
    /// delivered afterwards, so that nobody sees an older value after a newer one. Of a topic with
    /// replay routes nothing is posted before Replay. After a failure it may be called again. `bus`
    /// outlives the pump's Stop.
    Task<Result<void>> Start(
        bus::EventBus& bus,
        const LookBackOptions& look_back,
        SteadyTime until,
        MissingTopic missing = MissingTopic()
    );

    /// Of a topic with replay routes: posts every record the look back has found, then what comes.
    /// Call it once offsets are made (ReplaySource::Open). `keep_up` is awaited now and then, so
    /// that the shards do not fall behind.
    Task<> Replay(const std::function<Task<>()>& keep_up);

    /// The topic was missing: it is waited for.
    bool waiting() const { return stats_.missing.value() != 0; }

    /// Whether a topic that is waited for is there by now: from here on it is read, from its
    /// beginning. After Replay. Errors: kNotFound; the others are those of EventBus::Subscribe.
    /// `bus` outlives the pump's Stop.
    Task<Result<void>> LookAgain(bus::EventBus& bus);

    /// Takes no new batch; returns when the running one has ended. Also after a Start that failed,
    /// or none.
    Task<> Stop();

    /// Handles one record. Public for tests.
    void Relay(const bus::Message& message);

    const std::string& topic() const { return topic_; }
    const PumpStats& stats() const { return stats_; }  // any thread

private:
    Task<Result<void>> Handle(const std::vector<bus::Message>& batch);
    void OnLost(bus::Partition partition, bus::Offset from);
    Task<Result<void>> Subscribe(bus::EventBus& bus, bus::StartAt start);
    Task<Result<void>> SubscribeOrElse(bus::EventBus& bus, const MissingTopic& missing);
    Task<Result<void>> BeginReplayOf(bus::EventBus& bus);
    void RelayToReplays(const bus::Message& message);
    void RelayToRoutes(const bus::Message& message, bool looked_back);
    Task<Result<void>> WarmUp(bus::EventBus& bus, LookBack& look_back, SteadyTime until);
    Task<> PostNewest(LookBack& look_back);
    void Begin(LookBack& look_back, const LookBack::Marks& marks);
    void OpenGate();
    bool LookedBackAt(const bus::Message& message);
    /// What became of a record on one route.
    enum class Outcome { kNotMine, kDelivered, kPassed };
    Outcome Deliver(RouteNumber number, const bus::Message& message);
    void TellOf(const bus::Message& message, bool delivered, bool passed);
    void Forget(RouteNumber number, const bus::Message& message);
    void Pass(Skip why, const bus::Message& message, std::string_view detail);

    const std::string topic_;
    const RouteTable& routes_;
    Broadcaster& broadcaster_;
    std::vector<RouteStats>& route_stats_;
    SnapshotWriter* writer_ = nullptr;
    RecordWatcher* watcher_ = nullptr;
    const std::vector<RouteNumber> numbers_;
    const bool replays_;  // one of its routes is a replay route
    PumpStats stats_;
    std::array<bool, kSkipNames.size()> logged_{};
    std::unique_ptr<boost::asio::steady_timer> gate_;  // there: batches wait for its end
    /// Per partition: what is older was looked back at, and comes once more by the subscription.
    std::map<std::int32_t, bus::Offset> looked_back_to_;
    std::vector<bus::Message> found_;  // by the look back, until Replay
    bool loss_logged_ = false;
    std::unique_ptr<bus::Subscription> subscription_;
    bool stopped_ = false;
};

}  // namespace flux::gateway
