// Runs a coroutine on a shard for a thread that is none, and waits for it.
#pragma once

#include "base/assert.h"
#include "runtime/shard.h"
#include "runtime/task.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

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

}  // namespace flux::app
