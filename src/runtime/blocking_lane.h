// A thread for a library that blocks, so that no shard ever does.
#pragma once

#include "base/assert.h"
#include "base/result.h"
#include "base/unique_function.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace flux {

/// One thread with a bounded queue of jobs, run in order. The result comes back to the calling
/// shard by its mailbox. Thread: Run from a shard; the rest any.
class BlockingLane {
public:
    /// `name` is the thread's (15 characters are kept). At most `jobs_max` wait.
    BlockingLane(std::string name, std::size_t jobs_max);
    BlockingLane(const BlockingLane&) = delete;
    BlockingLane& operator=(const BlockingLane&) = delete;

    /// Finishes what is queued, then joins.
    ~BlockingLane();

    /// Queues `job`; false when the queue is full or closed. Any thread.
    [[nodiscard]] bool TryPost(UniqueFunction<void()> job);

    /// As TryPost, for the few jobs that must not be lost (those that end what another job began).
    /// Not bounded, so the sender must be; never after Close. Any thread.
    void PostReserved(UniqueFunction<void()> job);

    /// Runs `work` in the lane and resumes here with what it returned. kFull when the queue is full
    /// (nothing ran), kClosed after Close. `work` must return Result<T>.
    template <class Work>
    auto Run(Work work) -> Task<std::invoke_result_t<Work&>>;

    /// Takes no more jobs; what is queued still runs. Any thread.
    void Close();

private:
    void Loop();

    /// Why TryPost refused.
    Error Refusal();

    const std::size_t jobs_max_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<UniqueFunction<void()>> jobs_;
    bool closed_ = false;
    std::thread thread_;
};

template <class Work>
auto BlockingLane::Run(Work work) -> Task<std::invoke_result_t<Work&>> {
    using Outcome = std::invoke_result_t<Work&>;
    Shard* const home = Shard::Current();
    FLUX_ASSERT(home != nullptr);
    auto initiate = [this, home](auto handler, Work job) {
        auto done = std::make_shared<decltype(handler)>(std::move(handler));
        const bool queued = TryPost([home, done, job = std::move(job)]() mutable {
            auto outcome = std::make_shared<Outcome>(job());
            home->PostReserved([done, outcome]() mutable { std::move (*done)(std::move(*outcome)); }
            );
        });
        if (!queued) {
            home->PostReserved([done, refusal = Refusal()]() mutable {
                std::move (*done)(Outcome(std::move(refusal)));
            });
        }
    };
    co_return co_await boost::asio::
        async_initiate<const boost::asio::use_awaitable_t<>, void(Outcome)>(
            std::move(initiate), boost::asio::use_awaitable, std::move(work)
        );
}

}  // namespace flux
