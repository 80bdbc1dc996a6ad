// What a shard has to tell the archive of sessions that it does not serve any more.
#pragma once

#include "base/clock.h"
#include "runtime/shard.h"
#include "socketio/recovery_stats.h"
#include "socketio/session_archive.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace flux::socketio {

/// What was lost is written again after this: whoever refuses one write refuses the next.
inline constexpr Milliseconds kArchiveLostPause{2'000};

/// A session that lives is written again and again; of one that has ended here, was given back or
/// left, nobody else would repeat what the archive did not take, or took and lost, and an older
/// copy would lie there. So it waits here, within its bounds; over them the oldest are given up,
/// which is counted. Thread: its shard's.
class FarewellWrites {
public:
    /// `writes_max` and `bytes_max` are of those that wait. `archive` may be nullptr: then nothing
    /// is written. `wake` is called when something waits that did not, with the moment from which
    /// on Write may write it.
    FarewellWrites(
        Shard& shard,
        std::shared_ptr<SessionArchive> archive,
        std::function<void(SteadyTime due)> wake,
        std::chrono::seconds ttl,
        std::size_t writes_max,
        std::size_t bytes_max,
        RecoveryStats& stats
    );
    FarewellWrites(const FarewellWrites&) = delete;
    FarewellWrites& operator=(const FarewellWrites&) = delete;

    /// Writes `text` under `pid`, now or by Write.
    void Add(std::string pid, std::string text);

    /// Writes what waits and is due, as long as `steps` last and the archive takes it. False when
    /// there is more of it.
    bool Write(std::size_t& steps);

    /// What waits is due now.
    void Hurry() { due_ = SteadyTime::min(); }

private:
    struct Farewell {
        std::string pid;
        std::string text;
    };
    using Shared = std::shared_ptr<const Farewell>;
    bool Put(const Shared& farewell);
    void Wait(Shared farewell);
    void OnLost(Shared farewell);
    static std::size_t WeightOf(const Farewell& farewell);

    Shard& shard_;
    const std::shared_ptr<SessionArchive> archive_;
    const std::function<void(SteadyTime)> wake_;
    const std::chrono::seconds ttl_;
    const std::size_t writes_max_;
    const std::size_t bytes_max_;
    RecoveryStats& stats_;
    std::deque<Shared> waiting_;
    SteadyTime due_ = SteadyTime::min();  // nothing is written before
    std::size_t bytes_ = 0;
    const std::shared_ptr<FarewellWrites*> alive_;
};

}  // namespace flux::socketio
