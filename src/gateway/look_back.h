// The newest events a topic holds already, for a gateway that starts.
#pragma once

#include "base/clock.h"
#include "base/units.h"
#include "bus/event_bus.h"
#include "gateway/gateway_stats.h"
#include "gateway/rendered_event.h"
#include "gateway/route_table.h"
#include "runtime/task.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::gateway {

/// How far a gateway looks back when it starts.
struct LookBackOptions {
    std::size_t records_max = 1'000;   ///< per partition; 0: not at all
    std::size_t bytes_max = 64 * MiB;  ///< of payloads, per topic
    Milliseconds time_max{10'000};     ///< for all topics together
};

/// What stands under one key of one route.
struct NewestEvent {
    RouteNumber route = 0;
    RenderedEvent event;
    WallMillis at = 0;  ///< when its record was written
};

/// Reads a topic backwards, the partitions in turn, so that what is found is the newest of its key
/// whenever it ends: at the bounds, at the beginning of the log, or when its time is over. Where
/// records of one key stand in several partitions, their timestamps decide. Of a topic that replay
/// routes read it keeps every record instead, because clients may have missed any. Used once.
/// Thread: one shard's.
class LookBack {
public:
    /// {first kept offset, next offset} of each partition, from EventBus::Watermarks.
    using Marks = std::vector<std::pair<bus::Offset, bus::Offset>>;

    /// `routes` and `stats` outlive it.
    LookBack(
        std::string topic,
        const RouteTable& routes,
        const LookBackOptions& options,
        PumpStats& stats
    );

    /// Whether the topic has a route that keeps snapshots or replays; for others nothing is read.
    bool wanted() const { return options_.records_max > 0 && (replays_ || !numbers_.empty()); }

    /// Whether a record that was looked back at needs no delivery on this route, because what was
    /// found is as new.
    static bool Settles(const Route& route) {
        return route.snapshot == SnapshotRule::kLatestPerKey;
    }

    /// Reads what stands before `marks` until all is read, the bytes are used up or `until` has
    /// come (then the read that is under way still ends). Never fails: what cuts it short, a
    /// partition that cannot be read too, is logged and counted.
    Task<> Run(bus::EventBus& bus, Marks marks, const Clock& clock, SteadyTime until);

    /// The newest event of each route and key, oldest first. Tombstones leave nothing.
    std::vector<NewestEvent> TakeNewest();

    /// Of a topic with replay routes: the records of all partitions, those of each in their order,
    /// those of several by their timestamps.
    std::vector<bus::Message> TakeRecords();

    /// Every record of the partition from here on to its mark was found.
    bus::Offset Begin(bus::Partition partition) const;

    /// Whether the partition was read at all: then everything before its mark is dealt with.
    bool Read(bus::Partition partition) const;

private:
    /// Where one partition stands. Everything from `unread` to its mark has been read.
    struct Cursor {
        bus::Partition partition;
        bus::Offset first;
        bus::Offset unread;
        std::int64_t chunk = 0;  // offsets to read next
        std::size_t records_left = 0;
        bus::Offset begin;                  // every record from here on was looked at
        std::vector<bus::Message> records;  // of replays_, newest first
        bool touched = false;               // its newest chunk was read
        bool open = true;
    };
    struct Place {
        WallMillis timestamp = 0;
        bus::Partition partition;
        bus::Offset offset;
    };
    struct Found {
        Place place;
        std::optional<RenderedEvent> event;  // absent: a tombstone
    };

    /// Says and counts that the setting `bound` ended it early.
    void Cut(std::string_view bound) const;
    Task<> ReadChunk(bus::EventBus& bus, Cursor& cursor);
    Task<Result<std::vector<bus::Message>>> ReadRange(
        bus::EventBus& bus, const Cursor& cursor, bus::Offset from
    );
    void GiveUp(Cursor& cursor, const Error& error);
    void Take(Cursor& cursor, bus::Message message);
    void TakeNewestOf(const bus::Message& message);
    void TakeTombstone(RouteNumber number, const bus::Message& message);
    bool HasNewer(RouteNumber number, const std::string& key, const Place& place) const;
    void Keep(RouteNumber number, std::string key, Place place, std::optional<RenderedEvent> event);

    const std::string topic_;
    const RouteTable& routes_;
    const LookBackOptions options_;
    PumpStats& stats_;
    const bool replays_;                      // a route of the topic is a replay route
    const std::vector<RouteNumber> numbers_;  // those that keep snapshots
    std::vector<Cursor> cursors_;
    std::size_t bytes_ = 0;
    std::map<std::pair<RouteNumber, std::string>, Found> found_;
};

}  // namespace flux::gateway
