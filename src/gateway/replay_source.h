// Where the records of the replay routes stand as the pumps read them: makes the offsets of events.
#pragma once

#include "bus/event_bus.h"
#include "gateway/replay_offset.h"
#include "gateway/route_table.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {

/// Follows every partition of the topics that replay routes read. Thread: the pumps' shard, but for
/// HasRead.
class ReplaySource {
public:
    /// `identity`: of the log that the positions belong to. Empty: they mean something to this
    /// process alone.
    ReplaySource(const RouteTable& routes, std::string identity);
    ReplaySource(const ReplaySource&) = delete;
    ReplaySource& operator=(const ReplaySource&) = delete;

    /// The topics it follows, each once.
    std::vector<std::string> Topics() const;
    bool Follows(std::string_view topic) const;

    /// Of partition i what stands from `next[i]` on is read from now on. Records before that may
    /// still come, until the first behind it; they get no offsets.
    void Start(const std::string& topic, const std::vector<std::int64_t>& next);

    /// A topic that was waited for is there, and read from `next` on. True when the layout is
    /// another from here on. One that is known already stays as it is.
    bool Found(const std::string& topic, const std::vector<std::int64_t>& next);

    /// All topics have started, or are waited for: offsets are made from now on. Returns the first.
    ReplayOffset Open();

    /// What stood in a partition before `from` was gone before it was read. True when the layout is
    /// another from here on: the same at every gateway that lost the same.
    bool Lose(const std::string& topic, bus::Partition partition, std::int64_t from);

    /// A record comes next, and its deliveries. True when the layout is another from here on.
    bool Read(const bus::Message& message);

    /// The offset after the next delivery of that record. Nothing before Open, and for a record
    /// from before the start.
    std::optional<ReplayOffset> Stamp();

    /// The record's deliveries are all posted.
    void Finish();

    const ReplayOffset& now() const { return now_; }

    /// Whether the deliveries of every record that `offset` includes are posted. Thread: any.
    bool HasRead(const ReplayOffset& offset) const;

private:
    /// Where the record stands that a log which went back goes on with.
    struct Restart {
        std::int64_t offset = -1;
        WallMillis time = 0;
    };
    struct Reader {
        std::int64_t next = 0;
        bool begun = false;            // a record from `next` on has come
        Restart restart;               // the last, if any
        std::int64_t lost_before = 0;  // what stood there, since then, was not read
    };

    void Lay();
    void Publish();
    std::string Definition() const;

    const RouteTable& routes_;
    const std::string identity_;
    std::uint64_t salt_ = 0;  // of positions that are this process's own
    std::map<std::string, std::vector<Reader>, std::less<>> topics_;  // by partition
    std::map<std::string, std::uint8_t, std::less<>> first_;  // each topic's first in the vector
    bool open_ = false;
    bool silent_ = true;    // the current record is from before the start
    bool counted_ = false;  // too many partitions: a count of deliveries stands for them
    std::int64_t count_ = 0;
    ReplayOffset now_;

    std::atomic<std::uint64_t> read_layout_{0};
    std::array<std::atomic<std::int64_t>, limits::kReplayPartitionsMax> read_{};
};

}  // namespace flux::gateway
