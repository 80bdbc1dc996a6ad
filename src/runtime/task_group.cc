#include "runtime/task_group.h"

#include "base/assert.h"
#include "base/log.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>

namespace flux {

namespace {

/// How a cancelled task leaves a further wait.
bool IsAbort(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
        return error.code() == boost::asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

}  // namespace

void ReportTaskFailure(std::string_view task, const std::exception_ptr& failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        log::Failure(
            "task.failed", "a task ended by an exception", {{"task", task}, {"error", error.what()}}
        );
    }
}

TaskGroup::TaskGroup(Shard& shard)
    : shard_(shard),
      ended_(shard.io()) {
    ended_.expires_at(SteadyTime::max());
}

TaskGroup::~TaskGroup() {
    FLUX_ASSERT(running_.empty());
}

void TaskGroup::Spawn(std::string name, Task<> task) {
    running_.emplace_front();
    const auto self = running_.begin();
    auto finished = [this, self, name = std::move(name)](const std::exception_ptr& failure) {
        const bool aborted = failure && self->cancelled && IsAbort(failure);
        if (!aborted) ReportTaskFailure(name, failure);
        running_.erase(self);
        if (running_.empty()) ended_.cancel();
    };
    boost::asio::co_spawn(
        shard_.io(),
        std::move(task),
        boost::asio::bind_cancellation_slot(self->cancel.slot(), std::move(finished))
    );
}

Task<> TaskGroup::Drain() {
    for (auto task = running_.begin(); task != running_.end();) {
        Running& running = *task++;
        running.cancelled = true;
        running.cancel.emit(boost::asio::cancellation_type::terminal);
    }
    while (!running_.empty()) {
        boost::system::error_code ignored;
        co_await ended_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored)
        );
    }
}

Task<bool> SleepFor(Milliseconds wait) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    timer.expires_after(wait);
    boost::system::error_code error;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    co_return !error;
}

}  // namespace flux
