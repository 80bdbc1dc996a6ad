#include "gateway/gateway.h"

#include "base/assert.h"
#include "base/log.h"
#include "contract/topics.h"
#include "gateway/gateway_app.h"
#include "runtime/answer_slot.h"

#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>
#include <functional>
#include <utility>

namespace flux::gateway {
namespace {

/// For one turn of a shard, which takes a fraction of it.
constexpr Milliseconds kShardTimeMax{5'000};

}  // namespace

Gateway::Gateway(
    ShardSet& shards,
    bus::EventBus& bus,
    GatewayOptions options,
    MetricRegistry& metrics,
    cache::CacheSet* caches
)
    : shards_(shards),
      bus_(bus),
      options_(std::move(options)),
      route_stats_(options_.tables.routes.size()),
      addresses_(options_.addresses),
      broadcaster_(std::make_shared<Broadcaster>(
          options_.tables.routes,
          options_.snapshot_bytes_max,
          options_.positions_outlive_process ? bus.identity() : std::string()
      )),
      desk_(std::make_shared<Desk>(
          shards_, bus_, options_.desk, options_.tables.routes, *broadcaster_, desk_stats_
      )),
      caches_(caches) {
    if (caches_) {
        Shard& home = shards_[0];
        cache::Cache& cache = caches_->Of(home.id());
        writer_.emplace(home, cache, options_.cache_write_interval, writer_stats_);
    }
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
        shard_stats_.push_back(std::make_unique<GatewayShardStats>());
    }
    for (std::string& topic : options_.tables.routes.Topics()) {
        pumps_.push_back(std::make_unique<BusPump>(
            std::move(topic), options_.tables.routes, *broadcaster_, route_stats_
        ));
        if (writer_) pumps_.back()->WriteBehind(&*writer_);
        pumps_.back()->Tell(desk_.get());
    }
    metrics_ = metrics.Add([this](MetricWriter& out) { WriteMetrics(out); });
}

Gateway::~Gateway() = default;

socketio::SocketIoAppFactory Gateway::AppFactory() {
    return [this](Shard& shard) -> std::unique_ptr<socketio::SocketIoApp> {
        return std::make_unique<GatewayApp>(
            shard,
            options_,
            addresses_,
            shards_[0],
            broadcaster_,
            desk_,
            caches_ ? &caches_->Of(shard.id()) : nullptr,
            *shard_stats_[shard.id().value()]
        );
    };
}

Task<Result<void>> Gateway::Start(socketio::SocketIoServer& server, Patience patience) {
    FLUX_ASSERT(Shard::Current() == &shards_[0]);
    FLUX_ASSERT(server.opened());
    stopping_ = false;
    broadcaster_->Open(&server);
    Result<void> started = co_await EnsureTopics(patience);
    if (started) started = co_await desk_->Start(patience);
    if (started) started = co_await StartPumps(patience);
    if (!started) {
        co_await Stop();
        co_return started;
    }
    waiting_ = std::make_unique<TaskGroup>(shards_[0]);
    waiting_->Spawn("gateway.topics", AwaitTopics());
    co_return started;
}

Task<Result<void>> Gateway::Refresh(Patience patience, std::function<bool()> abandoned) {
    FLUX_ASSERT(Shard::Current() == &shards_[0]);
    co_return co_await desk_->Refresh(patience, abandoned);
}

Task<Result<void>> Gateway::EnsureTopics(const Patience& patience) {
    for (const TopicRow& row : options_.tables.topics) {
        std::function<Task<Result<void>>()> make = [this, &row] {
            return bus_.EnsureTopic(bus::TopicName(row.name), row.options);
        };
        std::string what = "topic " + row.name;
        const Result<void> made = co_await patience.Try(std::move(what), std::move(make));
        if (!made) co_return made;
    }
    co_return Result<void>();
}

Task<Result<void>> Gateway::StartPumps(const Patience& patience) {
    const Clock& clock = shards_[0].clock();
    SteadyTime until = clock.Now() + options_.look_back.time_max;
    for (const std::unique_ptr<BusPump>& pump : pumps_) {
        const MissingTopic missing = WhenMissing(pump->topic());
        bool again = false;
        std::function<Task<Result<void>>()> start = [&] {
            // What was waited for the bus is not taken from the time for looking back.
            if (std::exchange(again, true)) until = clock.Now() + options_.look_back.time_max;
            return pump->Start(bus_, options_.look_back, until, missing);
        };
        std::string what = "topic " + pump->topic();
        const Result<void> started = co_await patience.Try(std::move(what), std::move(start));
        if (started) continue;
        Error error = started.error();
        error.context = fmt::format("gateway, topic '{}': {}", pump->topic(), error.context);
        co_return error;
    }
    if (!broadcaster_->replay().Topics().empty()) co_await BeginReplay();
    co_return Result<void>();
}

/// All topics are subscribed to, so it is known which partitions offsets speak of.
Task<> Gateway::BeginReplay() {
    broadcaster_->replay().Open();
    broadcaster_->PostLayout();
    const std::function<Task<>()> keep_up = [this] { return AwaitShards(); };
    for (const std::unique_ptr<BusPump>& pump : pumps_)
        co_await pump->Replay(keep_up);
}

/// Returns when each shard has begun another turn: all that was posted before its last one is read.
Task<> Gateway::AwaitShards() {
    Shard& home = shards_[0];
    for (std::size_t i = 0; i < shards_.size(); ++i) {
        auto slot = std::make_shared<AnswerSlot<bool>>(home);
        shards_[i].PostReserved([&home, slot]() mutable {
            home.PostReserved([slot = std::move(slot)] { slot->Fill(true); });
        });
        co_await slot->Wait(kShardTimeMax);
    }
}

/// Flux's own topics and those of [[topic]] rows are made as they are wanted.
MissingTopic Gateway::WhenMissing(const std::string& topic) const {
    MissingTopic missing;
    if (const contract::Topic* const own = contract::FindTopic(topic)) {
        missing.make->partitions = own->partitions;
        missing.make->durable = own->durable;
        return missing;
    }
    for (const TopicRow& row : options_.tables.topics) {
        if (row.name != topic) continue;
        missing.make = row.options;
        return missing;
    }
    if (!options_.make_topics_of_routes) missing.make.reset();
    return missing;
}

/// One question at a time, and none behind one that nobody answered, because each may take long: so
/// Stop waits for one at most.
Task<> Gateway::AwaitTopics() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    ErrorCode known = ErrorCode::kNotFound;
    for (bool missing = true; missing;) {
        missing = false;
        for (const std::unique_ptr<BusPump>& pump : pumps_) {
            if (!pump->waiting()) continue;
            // The first time as well: they have just been looked for.
            const bool first = !std::exchange(missing, true);
            if (first && !stopping_) co_await SleepFor(options_.topic_interval);
            if (stopping_) co_return;
            const Result<void> found = co_await pump->LookAgain(bus_);
            if (found) continue;
            const ErrorCode code = found.error().code;
            if (std::exchange(known, code) != code && code != ErrorCode::kNotFound) {
                log::Warn(
                    "gateway.topic_missing",
                    "a topic that a route reads cannot be looked for; trying again",
                    {{"topic", pump->topic()}, {"error", found.error().context}}
                );
            }
            if (found.error().retry == Retry::kLater) break;
        }
    }
}

Task<> Gateway::Stop() {
    FLUX_ASSERT(Shard::Current() == &shards_[0]);
    stopping_ = true;
    if (waiting_) co_await waiting_->Drain();
    waiting_.reset();
    for (const std::unique_ptr<BusPump>& pump : pumps_)
        co_await pump->Stop();
    co_await desk_->Stop();
    if (writer_) writer_->Flush();
    broadcaster_->Open(nullptr);
}

const PumpStats* Gateway::StatsOf(std::string_view topic) const {
    for (const std::unique_ptr<BusPump>& pump : pumps_) {
        if (pump->topic() == topic) return &pump->stats();
    }
    return nullptr;
}

const RouteStats& Gateway::StatsOf(RouteNumber number) const {
    FLUX_ASSERT(number >= 1 && number <= route_stats_.size());
    return route_stats_[number - 1];
}

const GatewayShardStats& Gateway::ShardStatsOf(std::size_t shard) const {
    FLUX_ASSERT(shard < shard_stats_.size());
    return *shard_stats_[shard];
}

void Gateway::WriteMetrics(MetricWriter& out) const {
    for (const std::unique_ptr<BusPump>& pump : pumps_) {
        const PumpStats& stats = pump->stats();
        const MetricLabel topic{"topic", pump->topic()};
        out.Write("gateway_records", "Records read from the bus", stats.records, {topic});
        out.Write("gateway_records_unmatched", "Records no route takes", stats.unmatched, {topic});
        out.Write("gateway_tombstones", "Records without a payload", stats.tombstones, {topic});
        for (std::size_t why = 0; why < kSkipNames.size(); ++why) {
            out.Write(
                "gateway_records_skipped",
                "Records that could not be delivered",
                stats.skipped[why],
                {topic, {"reason", kSkipNames[why]}}
            );
        }
        out.Write(
            "gateway_warm_up_records",
            "Records looked back at when the gateway started",
            stats.warm_up_records,
            {topic}
        );
        out.Write(
            "gateway_warm_up_snapshots",
            "Newest events found among them",
            stats.warm_up_snapshots,
            {topic}
        );
        out.Write(
            "gateway_warm_up_cut",
            "Times the look back ended early, at its bytes or its time, or could not read a "
            "partition",
            stats.warm_up_cut,
            {topic}
        );
        out.Write(
            "gateway_topic_missing",
            "Whether the bus does not have the topic",
            stats.missing,
            {topic}
        );
        out.Write(
            "gateway_replay_lost",
            "Times records of a replay route were gone from the log before they were read",
            stats.lost,
            {topic}
        );
    }
    for (RouteNumber number = 1; number <= route_stats_.size(); ++number) {
        const RouteStats& stats = route_stats_[number - 1];
        const MetricLabel route{"route", options_.tables.routes.Find(number)->name};
        out.Write("gateway_matched", "Records a route takes", stats.matched, {route});
        out.Write("gateway_encoded_bytes", "Bytes of frames encoded", stats.encoded_bytes, {route});
        out.Write(
            "gateway_deliveries", "Broadcasts posted, one per frame", stats.deliveries, {route}
        );
    }
    out.Write("gateway_cache_written", "Snapshots handed to the cache", writer_stats_.written);
    out.Write(
        "gateway_cache_replaced",
        "Snapshots replaced by a newer one before they were written",
        writer_stats_.replaced
    );
    out.Write(
        "gateway_cache_waiting_bytes", "Snapshots not written yet", writer_stats_.waiting_bytes
    );
    Describe(out, desk_stats_);
    for (std::size_t shard = 0; shard < shard_stats_.size(); ++shard)
        WriteShardMetrics(out, shard);
}

void Gateway::WriteShardMetrics(MetricWriter& out, std::size_t shard) const {
    const GatewayShardStats& stats = *shard_stats_[shard];
    const std::string number = std::to_string(shard);
    const MetricLabel label{"shard", number};
    out.Write("gateway_snapshots", "Newest frames kept", stats.snapshots.entries, {label});
    out.Write(
        "gateway_snapshot_bytes",
        "Bytes of newest frames kept, with their keys and rooms",
        stats.snapshots.bytes,
        {label}
    );
    out.Write(
        "gateway_snapshots_evicted",
        "Snapshots that made room for newer keys",
        stats.snapshots.evicted,
        {label}
    );
    out.Write(
        "gateway_replay_records", "Events of replay routes kept", stats.replay.records, {label}
    );
    out.Write(
        "gateway_replay_bytes", "Bytes of events of replay routes kept", stats.replay.bytes, {label}
    );
    out.Write(
        "gateway_replay_evicted",
        "Events of replay routes that made room for newer ones",
        stats.replay.evicted,
        {label}
    );
    out.Write(
        "gateway_replayed", "Events sent to clients that had missed them", stats.replayed, {label}
    );
    out.Write("gateway_sessions", "Sockets greeted", stats.sessions, {label});
    out.Write("gateway_hydrations", "Frames sent from snapshots", stats.hydrations, {label});
    out.Write(
        "gateway_hydrations_cut",
        "Joins whose snapshots were over the bound of one hydration",
        stats.hydrations_cut,
        {label}
    );
    out.Write("gateway_cache_asked", "Rooms asked of the cache", stats.cache_asked, {label});
    out.Write(
        "gateway_cache_hydrations",
        "Frames sent from what the cache had",
        stats.cache_hydrations,
        {label}
    );
    out.Write(
        "gateway_cache_overtaken",
        "Values of the cache passed over because a live record came first",
        stats.cache_overtaken,
        {label}
    );
    out.Write(
        "gateway_cache_rejected",
        "Values of the cache passed over because they are no record of the room",
        stats.cache_rejected,
        {label}
    );
    out.Write(
        "gateway_cache_not_asked",
        "Rooms not asked of the cache because too many were under way",
        stats.cache_not_asked,
        {label}
    );
    out.Write("gateway_bad_locations", "Locations refused", stats.bad_locations, {label});
    out.Write(
        "gateway_weather_member_rooms", "Rooms of cities with members", stats.weather_rooms, {label}
    );
    out.Write(
        "gateway_weather_loading",
        "Clients told that their weather is being asked for",
        stats.weather_loading,
        {label}
    );
    out.Write(
        "gateway_weather_failed",
        "Clients told why their weather does not come",
        stats.weather_failed,
        {label}
    );
    out.Write(
        "gateway_cities_limited",
        "Clients over their session's budget of new cities",
        stats.cities_limited,
        {label}
    );
    out.Write(
        "gateway_requests_answered",
        "Requests of pages answered with an event, at once or when it came",
        stats.requests_answered,
        {label}
    );
    out.Write(
        "gateway_requests_loading",
        "Requests of pages that had to wait for an event",
        stats.requests_loading,
        {label}
    );
    out.Write(
        "gateway_requests_failed",
        "Requests of pages answered with why there is no event",
        stats.requests_failed,
        {label}
    );
    out.Write(
        "gateway_waiters_refused",
        "Clients that could not wait for an event because too many did",
        stats.waiters_refused,
        {label}
    );
    out.Write("gateway_missed", "Broadcasts a shard did not see", stats.missed, {label});
    out.Write("gateway_refills", "Snapshot tables refilled", stats.refills, {label});
    out.Write(
        "gateway_closed_limit", "Sockets closed over their budget", stats.closed_limit, {label}
    );
    for (std::size_t outcome = 0; outcome < kIntentOutcomeNames.size(); ++outcome) {
        out.Write(
            "gateway_intents",
            "Client requests by how they ended",
            stats.intents[outcome],
            {label, {"outcome", kIntentOutcomeNames[outcome]}}
        );
    }
}

}  // namespace flux::gateway
