// Where sessions lie that another process may go on with.
#pragma once

#include "runtime/shard.h"
#include "runtime/task.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace flux::socketio {

/// One shard's view of a store that several servers share, by private id, for ranked values
/// (base/rank.h). It only accelerates: away
/// and slow are a miss, and its own answer to being too slow. Values are opaque, and keys are
/// secrets. Thread: its shard's.
class SessionArchive {
public:
    virtual ~SessionArchive() = default;

    /// Reads what is there. If its rank is even, `mark` behind the next rank takes its place in the
    /// same step, for a few seconds: of several who ask, one gets it.
    virtual Task<std::optional<std::string>> Take(std::string pid, std::string mark) = 0;

    /// Puts `session`, which begins with its rank, there unless something of a higher rank is.
    /// Never waits; false when it was dropped, and may be tried again. Else `done` hears what
    /// became of it: in a later turn, or before Put returns if it is there by then. Not stored:
    /// perhaps not.
    virtual bool Put(
        std::string pid,
        std::string session,
        std::chrono::seconds ttl,
        std::function<void(bool stored)> done
    ) = 0;

    /// `listener` is called whenever the archive answers again after it did not: what was in it may
    /// be gone. It may outlive whoever gave it.
    virtual void OnBack(std::function<void()> listener) = 0;
};

/// Called on each shard once.
using SessionArchiveFactory = std::function<std::shared_ptr<SessionArchive>(Shard& shard)>;

}  // namespace flux::socketio
