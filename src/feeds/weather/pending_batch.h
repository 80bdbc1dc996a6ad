// A batch of commands that waits for the answers to all its cities.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "runtime/answer_slot.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <cstddef>
#include <optional>

namespace flux::feeds {

/// Shared by the handler that waits and the questions that answer. Thread: the shard's.
class PendingBatch {
public:
    explicit PendingBatch(Shard& shard)
        : all_answered_(shard) {}

    void Expect() { ++open_; }

    /// One city less; `published` says whether the bus has its events.
    void Answered(const Result<void>& published) {
        if (!published) failed_ = published.error();
        if (--open_ == 0) all_answered_.Fill(true);
    }

    /// Returns when every city is answered, or `longest` has passed. Errors: of the bus, when it
    /// did not take an event. Call once, after every Expect.
    Task<Result<void>> Wait(Milliseconds longest) {
        if (open_ > 0) co_await all_answered_.Wait(longest);
        if (failed_) co_return *failed_;
        co_return Result<void>();
    }

private:
    std::size_t open_ = 0;
    std::optional<Error> failed_;
    AnswerSlot<bool> all_answered_;
};

}  // namespace flux::feeds
