// The one place commands to services leave from.
#pragma once

#include "bus/event_bus.h"
#include "gateway/broadcaster.h"
#include "gateway/command_writer.h"
#include "gateway/desk_letter.h"
#include "gateway/desk_options.h"
#include "gateway/desk_stats.h"
#include "gateway/record_watcher.h"
#include "gateway/refresh_desk.h"
#include "gateway/weather_desk.h"
#include "runtime/patience.h"
#include "runtime/shard_set.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace flux::gateway {

/// A shard's end of the line to the desk. Thread: its shard's.
class DeskListener {
public:
    virtual ~DeskListener() = default;
    virtual void OnPlaceFailed(const FailedPlace& failed) = 0;
    virtual void OnRequestFailed(std::size_t request, const contract::ErrorReply& reply) = 0;
};

/// Decides for all shards which commands are given, because sockets of one city are on several.
/// Shards write letters, one at a time each (see DeskLine). Thread: the pumps' shard, unless a
/// member says otherwise.
class Desk final : public RecordWatcher {
public:
    /// References outlive the desk.
    Desk(
        ShardSet& shards,
        bus::EventBus& bus,
        const DeskOptions& options,
        const RouteTable& routes,
        const Broadcaster& broadcaster,
        DeskStats& stats
    );

    /// Makes the topics of the commands, and begins to look after rooms with members. Errors: those
    /// of EventBus::EnsureTopic.
    Task<Result<void>> Start(const Patience& patience);

    /// See RefreshDesk::RunStart.
    Task<Result<void>> Refresh(const Patience& patience, const std::function<bool()>& abandoned);

    /// Gives no further command; returns when the bus has answered those that were given.
    Task<> Stop();

    /// Opens a shard's letter; who of its clients cannot be served. `listener` hears of what fails
    /// later, while it lives.
    std::vector<RefusedWish> Open(const DeskLetter& letter, std::weak_ptr<DeskListener*> listener);

    Result<void> OnRecord(const bus::Message& message, bool delivered) override;
    void OnFound(const Route& route, const std::string& room, WallMillis at) override;

private:
    Task<Result<void>> EnsureTopics(const Patience& patience);
    void Sweep();
    void TellShard(std::size_t shard, UniqueFunction<void(DeskListener&)> tell);

    ShardSet& shards_;
    bus::EventBus& bus_;
    Shard& home_;
    const DeskOptions& options_;
    CommandWriter commands_;
    WeatherDesk weather_;
    RefreshDesk refresh_;
    std::vector<std::weak_ptr<DeskListener*>> listeners_;  // by shard
    bool open_ = false;
    MemberTimer<Desk, &Desk::Sweep> sweep_{*this};
};

}  // namespace flux::gateway
