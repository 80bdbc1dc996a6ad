// The durable log when the disk is slow, full or broken.
#include "bus/embedded_bus_fixture.h"
#include "sqlite/failing_vfs.h"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <sys/mount.h>
#include <sys/resource.h>

namespace flux::bus {
namespace {

using ::testing::HasSubstr;

/// Publishes `count` records at once from one shard; their results in order.
std::vector<std::future<Result<Position>>> PublishAtOnce(
    ShardHarness& shards, EmbeddedBus& bus, const TopicName& topic, int count
) {
    std::vector<std::future<Result<Position>>> results;
    for (int i = 0; i < count; ++i) {
        std::function<Task<Result<Position>>()> publish = [&bus, topic, i] {
            Outgoing record;
            record.topic = topic;
            record.payload = SharedBytes(std::to_string(i));
            return bus.Publish(std::move(record));
        };
        results.push_back(shards.Start<Result<Position>>(0, std::move(publish)));
    }
    return results;
}

TEST_F(EmbeddedBusTest, NothingIsAcknowledgedBeforeItsFsyncAndWhatWaitsSharesOne) {
    sqlite::FailingVfs vfs("holding-fsync");
    options_.sqlite_vfs = vfs.name();
    Open();
    const TopicName topic = MakeTopic(Durable());
    const double before = Metric("flux_bus_log_commits_total");
    vfs.hold_sync = true;
    auto results = PublishAtOnce(shards_, *bus_, topic, 50);
    ASSERT_TRUE(Eventually([&] { return Metric("flux_bus_log_queue_records") == 50; }));
    EXPECT_EQ(results.front().wait_for(Milliseconds(20)), std::future_status::timeout);
    EXPECT_EQ(Watermarks(topic).second, Offset(0)) << "readers do not see it either";
    vfs.hold_sync = false;
    for (auto& result : results) {
        ASSERT_EQ(result.wait_for(kTestDeadline), std::future_status::ready);
        EXPECT_TRUE(result.get());
    }
    EXPECT_LE(Metric("flux_bus_log_commits_total") - before, 3);
    EXPECT_EQ(Metric("flux_bus_log_commit_records_total"), 50);
    EXPECT_EQ(Metric("flux_bus_log_queue_records"), 0);
    EXPECT_GT(Metric("flux_bus_log_sync_seconds_total"), 0);
    bus_.reset();
}

TEST_F(EmbeddedBusTest, AFullQueueRefusesAndStoresNothingOfIt) {
    sqlite::FailingVfs vfs("full-queue");
    options_.sqlite_vfs = vfs.name();
    options_.queue_records_max = 4;
    Open();
    const TopicName topic = MakeTopic(Durable());
    vfs.hold_sync = true;
    auto results = PublishAtOnce(shards_, *bus_, topic, 10);
    ASSERT_TRUE(Eventually([&] { return Metric("flux_bus_log_refused_total") == 6; }));
    vfs.hold_sync = false;
    int stored = 0;
    for (auto& result : results) {
        ASSERT_EQ(result.wait_for(kTestDeadline), std::future_status::ready);
        const Result<Position> outcome = result.get();
        if (outcome) {
            ++stored;
        } else {
            EXPECT_EQ(outcome.error().code, ErrorCode::kFull);
            EXPECT_EQ(outcome.error().retry, Retry::kLater);
        }
    }
    EXPECT_EQ(stored, 4);
    EXPECT_EQ(Watermarks(topic).second, Offset(4));
    EXPECT_TRUE(Publish(topic, "later"));
    bus_.reset();
}

TEST_F(EmbeddedBusTest, AFailedFsyncIsNeverAcknowledged) {
    sqlite::FailingVfs vfs("failing-fsync");
    options_.sqlite_vfs = vfs.name();
    Open();
    const TopicName topic = MakeTopic(Durable());
    ASSERT_TRUE(Publish(topic, "before"));
    vfs.fail_sync = true;
    const auto failed = Publish(topic, "lost");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kUnknown);
    EXPECT_EQ(Watermarks(topic).second, Offset(1));
    EXPECT_EQ(Metric("flux_bus_log_commit_failures_total"), 1);
    vfs.fail_sync = false;
    const auto healed = Publish(topic, "after");
    ASSERT_TRUE(healed) << ToString(healed.error());
    Open();
    Recorder seen;
    auto reader = Subscribe(topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    ASSERT_TRUE(Eventually([&] { return seen.Has("after"); }));
    EXPECT_THAT(seen.payloads(), ::testing::ElementsAre("before", "after"));
    reader.Close();
    bus_.reset();
}

TEST_F(EmbeddedBusTest, AGroupsCommitWaitsUntilTheDiskTakesIt) {
    sqlite::FailingVfs vfs("failing-commit");
    options_.sqlite_vfs = vfs.name();
    Open();
    const TopicName topic = MakeTopic(Durable());
    Recorder seen;
    auto member = Subscribe(topic, Group::Shared("worker"), seen.Handler());
    ASSERT_TRUE(Publish(topic, "one"));
    ASSERT_TRUE(Eventually([&] {
        return Metric("flux_bus_group_lag{group=\"worker\",topic=\"orders\"}") == 0;
    }));
    vfs.fail_write = true;
    EXPECT_FALSE(Publish(topic, "refused"));
    vfs.fail_write = false;
    ASSERT_TRUE(Publish(topic, "two"));
    ASSERT_TRUE(seen.WaitForDistinct(2));
    member.Close();
    EXPECT_THAT(seen.payloads(), ::testing::ElementsAre("one", "two"));
    bus_.reset();
}

/// A file system that is full, and can be given room again.
class SmallDisk {
public:
    explicit SmallDisk(const std::filesystem::path& where)
        : where_(where) {
        std::filesystem::create_directories(where);
        mounted_ = ::mount("tmpfs", where.c_str(), "tmpfs", 0, "size=4m") == 0;
        if (mounted_) {
            std::ofstream(where_ / "filler") << std::string(2 * MiB, 'f');
            return;
        }
        // Not allowed to mount: let the kernel refuse larger files to this process instead.
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        struct rlimit small = before_;
        small.rlim_cur = 1 * MiB;
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (mounted_) {
            ::umount(where_.c_str());
        } else {
            MakeRoom();
        }
    }

    void MakeRoom() {
        if (mounted_) {
            std::filesystem::remove(where_ / "filler");
        } else {
            ::setrlimit(RLIMIT_FSIZE, &before_);
        }
    }

private:
    const std::filesystem::path where_;
    bool mounted_ = false;
    struct rlimit before_ {};
};

TEST_F(EmbeddedBusTest, AFullDiskRefusesLosesNothingAndHeals) {
    SmallDisk disk(directory_.path() / "small");
    options_.directory = directory_.path() / "small";
    Open();
    const TopicName topic = MakeTopic(Durable());
    const std::string payload(20'000, 'x');
    std::size_t stored = 0;
    Result<Position> outcome = Publish(topic, payload);
    for (; outcome && stored < 1'000; outcome = Publish(topic, payload))
        ++stored;
    ASSERT_FALSE(outcome) << "the disk never became full";
    EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(outcome.error().retry, Retry::kLater);
    EXPECT_THAT(outcome.error().context, HasSubstr("log.db"));
    EXPECT_EQ(Watermarks(topic).second.value(), static_cast<std::int64_t>(stored));

    disk.MakeRoom();
    for (int i = 0; i < 10; ++i, ++stored) {
        const auto healed = Publish(topic, payload);
        ASSERT_TRUE(healed) << ToString(healed.error());
    }
    Open();
    Recorder seen;
    auto reader = Subscribe(topic, Group::EveryInstance(StartAt::kBeginning), seen.Handler());
    EXPECT_TRUE(Eventually([&] { return seen.messages().size() == stored; }));
    reader.Close();
    bus_.reset();
}

TEST_F(EmbeddedBusTest, AWriteAheadLogThatFillsTheDiskMakesRoomByItself) {
    sqlite::FailingVfs disk("flux-small-wal");
    options_.sqlite_vfs = disk.name();
    Open();
    const TopicName topic = MakeTopic(Durable());
    disk.wal_bytes_max = 400'000;
    const std::string payload(20'000, 'x');
    int stored = 0;
    int refused = 0;
    while (stored < 200) {
        const Result<Position> outcome = Publish(topic, payload);
        ++(outcome ? stored : refused);
        ASSERT_LE(refused, 100) << ToString(outcome.error());
    }
    EXPECT_GT(refused, 0) << "the log never became full";
    EXPECT_EQ(Watermarks(topic).second.value(), stored);
    bus_.reset();
}

TEST_F(EmbeddedBusTest, TheWriteAheadLogStartsOverWithoutHoldingCommitsUp) {
    Open();
    const TopicName topic = MakeTopic(Durable());
    const std::string payload(200'000, 'x');
    for (int i = 0; i < 200; ++i)
        ASSERT_TRUE(Publish(topic, payload));
    EXPECT_TRUE(Eventually([&] { return Metric("flux_bus_log_checkpoints_total") >= 1; }));
    // 200 records are 10,000 pages; the log would hold them all without a checkpoint.
    EXPECT_TRUE(Eventually([&] {
        EXPECT_TRUE(Publish(topic, "x"));
        return Metric("flux_bus_log_wal_pages") < 6'000;
    }));
    EXPECT_EQ(Metric("flux_bus_log_checkpoint_stalls_total"), 0);
}

}  // namespace
}  // namespace flux::bus
