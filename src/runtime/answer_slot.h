// What one coroutine waits for, and somebody else on its shard fills in.
#pragma once

#include "base/clock.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <utility>

namespace flux {

/// Holds one answer for one coroutine. Usually shared by both sides, because the one that answers
/// may be too late. Thread: the shard's.
template <class T>
class AnswerSlot {
public:
    explicit AnswerSlot(Shard& shard)
        : timer_(shard.io()) {}

    /// The first answer counts, and only while somebody may still wait for it.
    void Fill(T answer) {
        if (closed_ || answer_) return;
        answer_.emplace(std::move(answer));
        timer_.cancel();
    }

    /// The answer; nothing when it did not come within `time_max`, or the task was cancelled. Call
    /// once.
    Task<std::optional<T>> Wait(Milliseconds time_max) {
        if (!answer_) {
            timer_.expires_after(time_max);
            boost::system::error_code ignored;
            co_await timer_.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, ignored)
            );
        }
        closed_ = true;
        co_return std::exchange(answer_, std::nullopt);
    }

private:
    boost::asio::steady_timer timer_;
    std::optional<T> answer_;
    bool closed_ = false;
};

}  // namespace flux
