// What a shard has to tell the archive of sessions that it does not serve any more.
#pragma once

#include "base/clock.h"
#include "socketio/recovery_stats.h"
#include "socketio/session_archive.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>

namespace flux::socketio {

/// A session that lives is written again and again; of one that has ended here, was given back or
/// left, nobody else would repeat what the archive did not take, and an older copy would lie there.
/// So it waits here, within its bounds; over them the oldest are given up, which is counted.
/// Thread: its shard's.
class FarewellWrites {
public:
    /// `writes_max` and `bytes_max` are of those that wait. `archive` may be nullptr: then nothing
    /// is written.
    FarewellWrites(
        std::shared_ptr<SessionArchive> archive,
        std::chrono::seconds ttl,
        std::size_t writes_max,
        std::size_t bytes_max,
        RecoveryStats& stats
    );
    FarewellWrites(const FarewellWrites&) = delete;
    FarewellWrites& operator=(const FarewellWrites&) = delete;

    /// Writes `text` under `pid`, now or by Write.
    void Add(std::string pid, std::string text);

    /// Writes what waits, as long as `steps` last and the archive takes it. True when nothing waits
    /// any more.
    bool Write(std::size_t& steps);

    bool empty() const { return waiting_.empty(); }

private:
    struct Farewell {
        std::string pid;
        std::string text;
    };
    bool Put(const Farewell& farewell);
    static std::size_t WeightOf(const Farewell& farewell);

    const std::shared_ptr<SessionArchive> archive_;
    const std::chrono::seconds ttl_;
    const std::size_t writes_max_;
    const std::size_t bytes_max_;
    RecoveryStats& stats_;
    std::deque<Farewell> waiting_;
    std::size_t bytes_ = 0;
};

}  // namespace flux::socketio
