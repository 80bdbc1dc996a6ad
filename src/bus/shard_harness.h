// Lets a test, which is plain sequential code on the main thread, use shards and coroutines.
#pragma once

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "runtime/shard_set.h"
#include "runtime/task.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

namespace flux::bus {

/// Nothing a test waits for takes this long, even under a sanitizer on a busy machine.
inline constexpr std::chrono::seconds kTestDeadline{60};

/// Waits for `condition`; false when the deadline passed first.
inline bool Eventually(
    const std::function<bool()>& condition, std::chrono::milliseconds longest = kTestDeadline
) {
    const SteadyTime until = std::chrono::steady_clock::now() + longest;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(Milliseconds(1));
    }
    return true;
}

/// Running shards. What was made on a shard must be gone before the harness is.
class ShardHarness {
public:
    explicit ShardHarness(std::size_t count)
        : shards_(count, SystemClock::Instance()) {
        shards_.Start();
    }

    Shard& shard(std::size_t index) { return shards_[index]; }
    std::size_t size() const { return shards_.size(); }

    /// Runs `work` on a shard and returns what it returned. A test that waits past the deadline
    /// ends the process: nothing after it would mean anything.
    template <class Work>
    auto On(std::size_t index, Work work) -> std::invoke_result_t<Work&> {
        using T = std::invoke_result_t<Work&>;
        auto done = std::make_shared<std::promise<T>>();
        std::future<T> result = done->get_future();
        shards_[index].PostReserved([done, &work] {
            if constexpr (std::is_void_v<T>) {
                work();
                done->set_value();
            } else {
                done->set_value(work());
            }
        });
        FLUX_ASSERT(result.wait_for(kTestDeadline) == std::future_status::ready);
        return result.get();
    }

    /// Starts the coroutine `make` returns on a shard. The future is ready when it has ended.
    template <class T>
    std::future<T> Start(std::size_t index, std::function<Task<T>()> make) {
        auto done = std::make_shared<std::promise<T>>();
        std::future<T> result = done->get_future();
        shards_[index].PostReserved([this, index, done, make = std::move(make)] {
            boost::asio::co_spawn(shards_[index].io(), Drive<T>(make, done), boost::asio::detached);
        });
        return result;
    }

    /// As Start, and waits for the end.
    template <class T>
    T Await(std::size_t index, std::function<Task<T>()> make) {
        std::future<T> result = Start<T>(index, std::move(make));
        FLUX_ASSERT(result.wait_for(kTestDeadline) == std::future_status::ready);
        return result.get();
    }

private:
    template <class T>
    static Task<> Drive(std::function<Task<T>()> make, std::shared_ptr<std::promise<T>> done) {
        if constexpr (std::is_void_v<T>) {
            co_await make();
            done->set_value();
        } else {
            done->set_value(co_await make());
        }
    }

    ShardSet shards_;
};

}  // namespace flux::bus
