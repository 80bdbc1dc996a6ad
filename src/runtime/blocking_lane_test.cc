#include "runtime/blocking_lane.h"

#include "base/units.h"
#include "runtime/shard_set.h"
#include "runtime/task_group.h"

#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace flux {
namespace {

constexpr auto kDeadline = 30s;

TEST(BlockingLane, RunsJobsInOrderOnItsOwnThread) {
    std::vector<int> done;
    std::thread::id thread;
    {
        BlockingLane lane("lane", 100);
        for (int i = 0; i < 50; ++i) {
            ASSERT_TRUE(lane.TryPost([&done, &thread, i] {
                done.push_back(i);
                thread = std::this_thread::get_id();
            }));
        }
    }
    ASSERT_EQ(done.size(), 50U) << "the destructor runs what is queued";
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(done[static_cast<std::size_t>(i)], i);
    EXPECT_NE(thread, std::this_thread::get_id());
}

TEST(BlockingLane, RefusesWhenItsQueueIsFull) {
    std::latch held(1);
    std::latch release(1);
    int ran = 0;
    {
        BlockingLane lane("lane", 2);
        ASSERT_TRUE(lane.TryPost([&] {
            held.count_down();
            release.wait();
        }));
        held.wait();  // the running job no longer waits, so two more fit
        EXPECT_TRUE(lane.TryPost([&ran] { ++ran; }));
        EXPECT_TRUE(lane.TryPost([&ran] { ++ran; }));
        EXPECT_FALSE(lane.TryPost([&ran] { ++ran; }));
        release.count_down();
    }
    EXPECT_EQ(ran, 2);
}

TEST(BlockingLane, AReservedJobRunsThoughTheQueueIsFullAndKeepsItsTurn) {
    std::latch held(1);
    std::latch release(1);
    std::vector<int> ran;
    {
        BlockingLane lane("lane", 1);
        ASSERT_TRUE(lane.TryPost([&] {
            held.count_down();
            release.wait();
        }));
        held.wait();
        ASSERT_TRUE(lane.TryPost([&ran] { ran.push_back(1); }));
        ASSERT_FALSE(lane.TryPost([&ran] { ran.push_back(0); }));
        lane.PostReserved([&ran] { ran.push_back(2); });
        EXPECT_TRUE(ran.empty()) << "not on the thread that posts it";
        release.count_down();
    }
    EXPECT_EQ(ran, (std::vector<int>{1, 2}));
}

TEST(BlockingLane, TakesNothingAfterCloseButFinishesWhatItHas) {
    std::latch release(1);
    bool ran = false;
    {
        BlockingLane lane("lane", 10);
        ASSERT_TRUE(lane.TryPost([&] { release.wait(); }));
        ASSERT_TRUE(lane.TryPost([&ran] { ran = true; }));
        lane.Close();
        EXPECT_FALSE(lane.TryPost([] {}));
        release.count_down();
    }
    EXPECT_TRUE(ran);
}

/// Runs coroutines on one shard and hands their results to the test.
class BlockingLaneRun : public testing::Test {
protected:
    BlockingLaneRun()
        : shards_(1, SystemClock::Instance()) {
        shards_.Start();
        shards_.OnEachShard([this](Shard& shard) { tasks_.emplace(shard); });
    }
    ~BlockingLaneRun() override {
        shards_.Stop();
        tasks_.reset();
    }

    /// What `work` gave through the lane; where it resumed is checked on the way.
    template <class Work>
    auto RunIn(BlockingLane& lane, Work work) {
        using Outcome = std::invoke_result_t<Work&>;
        auto promise = std::make_shared<std::promise<Outcome>>();
        std::future<Outcome> outcome = promise->get_future();
        shards_.OnEachShard([&](Shard& shard) {
            tasks_->Spawn("test", Await(shard, lane, std::move(work), promise));
        });
        EXPECT_EQ(outcome.wait_for(kDeadline), std::future_status::ready);
        shards_.OnEachShard([](Shard&) {});  // the task has ended as well
        return outcome.get();
    }

    ShardSet shards_;
    std::optional<TaskGroup> tasks_;

private:
    template <class Work, class Promise>
    static Task<> Await(Shard& shard, BlockingLane& lane, Work work, Promise promise) {
        auto outcome = co_await lane.Run(std::move(work));
        EXPECT_EQ(Shard::Current(), &shard) << "resumed on another thread";
        promise->set_value(std::move(outcome));
    }
};

TEST_F(BlockingLaneRun, ResumesOnTheShardWithWhatTheWorkReturned) {
    BlockingLane lane("lane", 10);
    const auto home = std::this_thread::get_id();
    const Result<int> outcome = RunIn(lane, [home]() -> Result<int> {
        EXPECT_EQ(Shard::Current(), nullptr);
        EXPECT_NE(std::this_thread::get_id(), home);
        return 42;
    });
    ASSERT_TRUE(outcome);
    EXPECT_EQ(*outcome, 42);
}

TEST_F(BlockingLaneRun, CarriesMoveOnlyWorkAndResults) {
    BlockingLane lane("lane", 10);
    auto owned = std::make_unique<int>(7);
    auto outcome =
        RunIn(lane, [owned = std::move(owned)]() mutable -> Result<std::unique_ptr<int>> {
            return std::move(owned);
        });
    ASSERT_TRUE(outcome);
    EXPECT_EQ(**outcome, 7);
}

TEST_F(BlockingLaneRun, CarriesAFailureAsAValue) {
    BlockingLane lane("lane", 10);
    const Result<int> outcome = RunIn(lane, []() -> Result<int> {
        return Error(ErrorCode::kNotFound, Retry::kNever, "no such row");
    });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
}

TEST_F(BlockingLaneRun, SaysFullAndRunsNothingWhenTheQueueIsFull) {
    std::latch held(1);
    std::latch release(1);
    bool ran = false;
    BlockingLane lane("lane", 1);
    ASSERT_TRUE(lane.TryPost([&] {
        held.count_down();
        release.wait();
    }));
    held.wait();
    ASSERT_TRUE(lane.TryPost([] {}));
    const Result<> outcome = RunIn(lane, [&ran]() -> Result<> {
        ran = true;
        return {};
    });
    release.count_down();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kFull);
    EXPECT_EQ(outcome.error().retry, Retry::kLater);
    EXPECT_FALSE(ran);
}

TEST_F(BlockingLaneRun, SaysClosedAfterClose) {
    BlockingLane lane("lane", 10);
    lane.Close();
    const Result<> outcome = RunIn(lane, []() -> Result<> { return {}; });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kClosed);
    EXPECT_EQ(outcome.error().retry, Retry::kNever);
}

TEST_F(BlockingLaneRun, ManyTasksShareALaneAndAllComeBack) {
    static constexpr int kTasks = 500;
    BlockingLane lane("lane", kTasks);
    std::latch all(kTasks);
    std::vector<int> sums(kTasks, 0);
    const auto task = [&](int number) -> Task<> {
        auto work = [number]() -> Result<int> { return number * 2; };
        const Result<int> outcome = co_await lane.Run(std::move(work));
        sums[static_cast<std::size_t>(number)] = outcome.value();
        all.count_down();
    };
    shards_.OnEachShard([&](Shard&) {
        for (int number = 0; number < kTasks; ++number)
            tasks_->Spawn("double", task(number));
    });
    all.wait();
    shards_.OnEachShard([](Shard&) {});
    for (int number = 0; number < kTasks; ++number)
        EXPECT_EQ(sums[static_cast<std::size_t>(number)], number * 2);
}

}  // namespace
}  // namespace flux
