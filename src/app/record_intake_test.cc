#include "app/record_intake.h"

#include "bus/embedded_bus.h"
#include "bus/shard_harness.h"
#include "bus/temporary_directory.h"
#include "sqlite/failing_vfs.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <string>

namespace flux::app {
namespace {

using bus::Eventually;

class RecordIntakeTest : public testing::Test {
protected:
    void SetUp() override {
        bus::EmbeddedBusOptions options;
        options.directory = directory_.path();
        options.sqlite_vfs = vfs_.name();
        bus_ = bus::EmbeddedBus::Open(options, SystemClock::Instance(), metrics_).value();
        bus::TopicOptions topic;
        topic.durable = true;
        const auto made =
            On<Result<void>>(0, [&] { return bus_->EnsureTopic(bus::TopicName("t"), topic); });
        ASSERT_TRUE(made);
        shards_.emplace(2, SystemClock::Instance());
        shards_->Start();
        intake_.emplace(*shards_);
    }

    void TearDown() override {
        vfs_.hold_sync = false;
        intake_->Close();
        intake_.reset();
        bus_.reset();
        shards_.reset();
    }

    template <class T>
    T On(std::size_t shard, std::function<Task<T>()> make) {
        return harness_.Await<T>(shard, std::move(make));
    }

    /// Publishes one record on `shard`; the answer is counted when it comes.
    void Publish(std::size_t shard) {
        (*shards_)[shard].PostReserved([this] {
            bus::Outgoing record;
            record.topic = bus::TopicName("t");
            record.payload = SharedBytes("{}");
            intake_->Publish(std::move(record), [this](const Result<bus::Position>& stored) {
                if (stored) {
                    ++stored_;
                } else {
                    last_error_ = stored.error().code;
                    ++refused_;
                }
            });
        });
    }

    bus::TemporaryDirectory directory_;
    sqlite::FailingVfs vfs_{"record-intake"};
    MetricRegistry metrics_;
    bus::ShardHarness harness_{1};
    std::unique_ptr<bus::EmbeddedBus> bus_;
    std::optional<ShardSet> shards_;
    std::optional<RecordIntake> intake_;
    std::atomic<int> stored_{0};
    std::atomic<int> refused_{0};
    std::atomic<ErrorCode> last_error_{ErrorCode::kInternal};
};

TEST_F(RecordIntakeTest, TakesRecordsOnlyWhileItIsOpen) {
    Publish(0);
    ASSERT_TRUE(Eventually([&] { return refused_ == 1; }));
    EXPECT_EQ(last_error_, ErrorCode::kUnavailable);
    intake_->Open(*bus_);
    Publish(0);
    Publish(1);
    ASSERT_TRUE(Eventually([&] { return stored_ == 2; }));
    intake_->Close();
    Publish(1);
    ASSERT_TRUE(Eventually([&] { return refused_ == 2; }));
    EXPECT_EQ(stored_, 2);
}

TEST_F(RecordIntakeTest, ClosingWaitsForTheDiskAndRefusesMeanwhile) {
    intake_->Open(*bus_);
    const int synced = vfs_.syncs;
    vfs_.hold_sync = true;
    Publish(0);
    Publish(1);
    ASSERT_TRUE(Eventually([&] { return vfs_.syncs > synced; }));
    std::atomic<bool> closed{false};
    auto closing = std::async(std::launch::async, [&] {
        intake_->Close();
        closed = true;
    });
    // Until it refuses: from then on the wait has begun, with records on their way to the disk.
    ASSERT_TRUE(Eventually([&] {
        Publish(0);
        return refused_ > 0;
    }));
    EXPECT_EQ(stored_, 0);
    EXPECT_FALSE(closed);
    vfs_.hold_sync = false;
    ASSERT_EQ(closing.wait_for(bus::kTestDeadline), std::future_status::ready);
    EXPECT_GE(stored_, 2);
    bus_.reset();  // nobody uses it any more
}

}  // namespace
}  // namespace flux::app
