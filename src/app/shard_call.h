// Runs a coroutine on a shard for a thread that is none, and waits for it.
#pragma once

#include "base/assert.h"
#include "runtime/shard.h"
#include "runtime/shard_set.h"
#include "runtime/task.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace flux::app {

/// Calls `make` (which returns a Task<T>) on `shard`, runs the task there and returns what it gave.
/// Blocks; the shard must be running and the caller must not be one.
template <class Make>
auto CallOn(Shard& shard, Make make) {
    using Value = typename std::invoke_result_t<Make&>::value_type;
    FLUX_ASSERT(Shard::Current() == nullptr);
    // Shared, because the shard may still be inside set_value when the caller has the value
    // already.
    const auto promise = std::make_shared<std::promise<Value>>();
    std::future<Value> future = promise->get_future();
    shard.PostReserved([&shard, &make, promise] {
        auto done = [promise](const std::exception_ptr& bug, auto&&... value) {
            FLUX_ASSERT(bug == nullptr);
            promise->set_value(std::forward<decltype(value)>(value)...);
        };
        boost::asio::co_spawn(shard.io(), make(), std::move(done));
    });
    return future.get();
}

/// Runs the task that `make` gives on every shard, on all at the same time, and returns when all
/// have ended. Blocks; the shards must be running and the caller must not be one.
template <class Make>
void CallOnEach(ShardSet& shards, Make make) {
    FLUX_ASSERT(Shard::Current() == nullptr);
    std::vector<std::future<void>> ended;
    for (std::size_t index = 0; index < shards.size(); ++index) {
        Shard& shard = shards[index];
        const auto promise = std::make_shared<std::promise<void>>();
        ended.push_back(promise->get_future());
        shard.PostReserved([&shard, &make, promise] {
            auto done = [promise](const std::exception_ptr& bug) {
                FLUX_ASSERT(bug == nullptr);
                promise->set_value();
            };
            boost::asio::co_spawn(shard.io(), make(), std::move(done));
        });
    }
    for (std::future<void>& one : ended)
        one.get();
}

}  // namespace flux::app
