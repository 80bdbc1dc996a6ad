#include "runtime/task_group.h"

#include "base/units.h"
#include "runtime/shard_set.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>

namespace flux {
namespace {

constexpr auto kDeadline = 30s;

class TaskGroupTest : public testing::Test {
protected:
    TaskGroupTest()
        : shards_(1, SystemClock::Instance()) {
        shards_.Start();
        OnShard([this](Shard& shard) {
            group_.emplace(shard);
            outer_.emplace(shard);
        });
    }
    ~TaskGroupTest() override {
        shards_.Stop();
        group_.reset();
        outer_.reset();
    }

    void OnShard(const std::function<void(Shard&)>& work) { shards_.OnEachShard(work); }

    /// `task` makes the coroutine, which refers to it, so it must have a name that outlives it.
    template <class MakeTask>
    void Spawn(const MakeTask& task) {
        OnShard([&](Shard&) { group_->Spawn("test", task()); });
    }
    template <class MakeTask>
    void Spawn(const MakeTask&& task) = delete;

    std::size_t running() {
        std::size_t count = 0;
        OnShard([&](Shard&) { count = group_->running(); });
        return count;
    }

    /// Drains the group from a task of another group; false when that takes too long.
    bool Drain() {
        std::promise<void> drained;
        const auto drain = [&]() -> Task<> {
            draining_ = true;
            co_await group_->Drain();
            EXPECT_EQ(group_->running(), 0U) << "Drain returned before the last task had ended";
            drained.set_value();
        };
        OnShard([&](Shard&) { outer_->Spawn("drain", drain()); });
        const bool in_time = drained.get_future().wait_for(kDeadline) == std::future_status::ready;
        OnShard([](Shard&) {});  // the draining task has ended as well
        return in_time;
    }

    ShardSet shards_;
    std::optional<TaskGroup> group_;
    std::optional<TaskGroup> outer_;
    bool draining_ = false;  // the shard's
};

TEST_F(TaskGroupTest, ATaskRunsOnTheShardAndLeavesTheGroupWhenItEnds) {
    std::promise<Shard*> ran_on;
    const auto task = [&]() -> Task<> {
        ran_on.set_value(Shard::Current());
        co_return;
    };
    Spawn(task);
    EXPECT_EQ(ran_on.get_future().get(), &shards_[0]);
    ASSERT_TRUE(Drain());
    EXPECT_EQ(running(), 0U);
}

TEST_F(TaskGroupTest, DrainingAnEmptyGroupReturnsAtOnce) {
    EXPECT_TRUE(Drain());
    EXPECT_TRUE(Drain());
}

TEST_F(TaskGroupTest, DrainCancelsASleepingTaskAndWaitsForItsLastLine) {
    bool slept_to_the_end = true;
    bool ended = false;
    const auto task = [&]() -> Task<> {
        slept_to_the_end = co_await SleepFor(1h);
        ended = true;
    };
    Spawn(task);
    EXPECT_EQ(running(), 1U);
    ASSERT_TRUE(Drain());
    EXPECT_TRUE(ended);
    EXPECT_FALSE(slept_to_the_end);
    EXPECT_EQ(running(), 0U);
}

TEST_F(TaskGroupTest, DrainEndsALoopOfSleepsAndTasksWithinTasks) {
    int woke = 0;
    std::promise<void> turning;
    const auto inner = [&]() -> Task<> {
        for (;;) {
            const bool slept = co_await SleepFor(1ms);
            if (!slept) co_return;
            if (++woke == 3) turning.set_value();
        }
    };
    const auto outer = [&]() -> Task<> { co_await inner(); };
    const auto sleeper = []() -> Task<> { co_await SleepFor(1h); };
    for (int i = 0; i < 20; ++i)
        Spawn(sleeper);
    Spawn(outer);
    ASSERT_EQ(turning.get_future().wait_for(kDeadline), std::future_status::ready);
    EXPECT_EQ(running(), 21U);
    ASSERT_TRUE(Drain());
    EXPECT_EQ(running(), 0U);
}

TEST_F(TaskGroupTest, DrainWaitsForATaskThatIsNotInterruptible) {
    bool ended = false;
    const auto stubborn = [&]() -> Task<> {
        // A post cannot be cancelled, only outwaited. (A cancelled task may not wait again unless
        // it says so.)
        co_await boost::asio::this_coro::throw_if_cancelled(false);
        for (int left = 100; left > 0; left -= draining_ ? 1 : 0)
            co_await boost::asio::post(shards_[0].io(), boost::asio::use_awaitable);
        ended = true;
    };
    Spawn(stubborn);
    ASSERT_TRUE(Drain());
    EXPECT_TRUE(ended);
}

TEST_F(TaskGroupTest, AnExceptionEndsItsTaskOnly) {
    const auto failing = []() -> Task<> {
        throw std::runtime_error("on purpose");
        co_return;
    };
    std::promise<void> done;
    const auto healthy = [&]() -> Task<> {
        co_await SleepFor(1ms);
        done.set_value();
    };
    testing::internal::CaptureStderr();
    Spawn(failing);
    Spawn(healthy);
    EXPECT_EQ(done.get_future().wait_for(kDeadline), std::future_status::ready);
    ASSERT_TRUE(Drain());
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("task.failed"), std::string::npos) << log;
    EXPECT_NE(log.find("on purpose"), std::string::npos) << log;
}

TEST_F(TaskGroupTest, ATaskCancelledBeforeItsFirstWaitIsNoFailure) {
    const auto task = []() -> Task<> {
        const bool slept = co_await SleepFor(1h);
        EXPECT_FALSE(slept);
    };
    testing::internal::CaptureStderr();
    std::promise<void> drained;
    const auto drain = [&]() -> Task<> {
        group_->Spawn("test", task());  // has not run yet when it is cancelled
        co_await group_->Drain();
        drained.set_value();
    };
    OnShard([&](Shard&) { outer_->Spawn("drain", drain()); });
    EXPECT_EQ(drained.get_future().wait_for(kDeadline), std::future_status::ready);
    OnShard([](Shard&) {});
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(TaskGroupTest, ACancelledTaskThatWaitsAgainIsNoFailure) {
    const auto task = []() -> Task<> {
        co_await SleepFor(1h);
        co_await SleepFor(1h);  // throws: the task has been cancelled
    };
    testing::internal::CaptureStderr();
    Spawn(task);
    ASSERT_TRUE(Drain());
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(TaskGroupTest, AGroupThatWasDrainedTakesNewTasks) {
    ASSERT_TRUE(Drain());
    std::promise<void> done;
    const auto task = [&]() -> Task<> {
        EXPECT_TRUE(co_await SleepFor(1ms));
        done.set_value();
    };
    Spawn(task);
    EXPECT_EQ(done.get_future().wait_for(kDeadline), std::future_status::ready);
    ASSERT_TRUE(Drain());
}

TEST(SleepFor, WaitsAsLongAsItSays) {
    ShardSet shards(1, SystemClock::Instance());
    std::optional<TaskGroup> group;
    std::promise<SteadyTime> woke;
    const auto task = [&]() -> Task<> {
        EXPECT_TRUE(co_await SleepFor(20ms));
        woke.set_value(SystemClock::Instance().Now());
    };
    const SteadyTime start = SystemClock::Instance().Now();
    shards.Start();
    shards.OnEachShard([&](Shard& shard) {
        group.emplace(shard);
        group->Spawn("sleeper", task());
    });
    EXPECT_GE(woke.get_future().get() - start, 20ms);
    shards.OnEachShard([](Shard&) {});
    shards.Stop();
}

}  // namespace
}  // namespace flux
