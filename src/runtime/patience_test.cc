#include "runtime/patience.h"

#include "base/units.h"
#include "runtime/shard_set.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

namespace flux {
namespace {

class PatienceTest : public testing::Test {
protected:
    PatienceTest()
        : shards_(1, SystemClock::Instance()) {
        shards_.Start();
    }
    ~PatienceTest() override { shards_.Stop(); }

    /// What becomes of an attempt that fails with `error` until it was made `fails` times.
    Result<void> Try(const Patience& patience, int fails, Error error) {
        const std::function<Task<Result<void>>()> attempt = [&]() -> Task<Result<void>> {
            if (++tries_ > fails) co_return Result<void>();
            co_return error;
        };
        // Shared: the shard may be inside set_value still when the outcome is here already.
        const auto promise = std::make_shared<std::promise<Result<void>>>();
        shards_[0].PostReserved([&, promise] {
            boost::asio::co_spawn(
                shards_[0].io(),
                patience.Try("a test", attempt),
                [promise](const std::exception_ptr&, Result<void> done) {
                    promise->set_value(std::move(done));
                }
            );
        });
        return promise->get_future().get();
    }

    static Patience For(Milliseconds time) {
        return Patience(SystemClock::Instance().Now() + time, [] { return false; });
    }

    const Error later_{ErrorCode::kUnavailable, Retry::kLater, "not yet"};
    ShardSet shards_;
    int tries_ = 0;
};

TEST_F(PatienceTest, WhatPassesIsTriedUntilItSucceeds) {
    EXPECT_TRUE(Try(For(30s), 2, later_));
    EXPECT_EQ(tries_, 3);
}

TEST_F(PatienceTest, WithoutAnyItIsTriedOnce) {
    const Result<void> done = Try(Patience(), 1, later_);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().context, "not yet");
    EXPECT_EQ(tries_, 1);
}

TEST_F(PatienceTest, ItEndsWithTheTimeAndTheLastError) {
    const SteadyTime until = SystemClock::Instance().Now() + 1s;
    const Result<void> done = Try(Patience(until, [] { return false; }), 1'000, later_);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kUnavailable);
    EXPECT_GT(tries_, 1);
    EXPECT_LT(tries_, 1'000);
}

TEST_F(PatienceTest, WhatDoesNotPassEndsIt) {
    const Result<void> done =
        Try(For(30s), 1, Error(ErrorCode::kPermission, Retry::kNever, "refused"));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kPermission);
    EXPECT_EQ(tries_, 1);
}

TEST_F(PatienceTest, ItCanBeAbandoned) {
    const Patience patience(SystemClock::Instance().Now() + 30s, [this] { return tries_ == 2; });
    const Result<void> done = Try(patience, 1'000, later_);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::kClosed);
    EXPECT_EQ(tries_, 2);
}

}  // namespace
}  // namespace flux
