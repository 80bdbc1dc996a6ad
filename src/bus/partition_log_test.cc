#include "bus/partition_log.h"

#include "base/units.h"

#include <gtest/gtest.h>

#include <string>

namespace flux::bus {
namespace {

Message Make(std::string_view payload, WallMillis at = 0) {
    Message record;
    record.topic = TopicName("t");
    record.payload = SharedBytes(payload);
    record.timestamp = at;
    return record;
}

PartitionLog::Bounds BoundsOf(std::size_t bytes_max) {
    PartitionLog::Bounds bounds;
    bounds.bytes_max = bytes_max;
    bounds.age_max = 1h;
    return bounds;
}

TEST(PartitionLog, DropsTheOldestOverItsBytesAndKeepsTheNewestAlways) {
    PartitionLog log(Offset(0), BoundsOf(10 * KiB), std::nullopt);
    for (int i = 0; i < 100; ++i)
        log.Append(Make(std::string(1'000, 'x')));
    EXPECT_LE(log.memory_bytes(), 10 * KiB);
    const auto [oldest, next] = log.Watermarks();
    EXPECT_EQ(next, Offset(100));
    EXPECT_GT(oldest, Offset(85));
    log.Append(Make(std::string(50'000, 'y')));
    EXPECT_EQ(log.Watermarks().first, Offset(100));
    EXPECT_EQ(log.Read(Offset(100), 10, 1).records.size(), 1u) << "one record always fits a batch";
}

TEST(PartitionLog, DropsWhatIsTooOld) {
    PartitionLog log(Offset(0), BoundsOf(1 * MiB), std::nullopt);
    const WallMillis hour = 3'600'000;
    log.Append(Make("a", 0));
    log.Append(Make("b", hour));
    EXPECT_EQ(log.Watermarks().first, Offset(0));
    log.Append(Make("c", hour + 1));
    EXPECT_EQ(log.Watermarks().first, Offset(1));
}

TEST(PartitionLog, ReadsWithinItsBoundsAndSharesTheBytes) {
    PartitionLog log(Offset(7), BoundsOf(1 * MiB), std::nullopt);
    for (int i = 0; i < 10; ++i)
        log.Append(Make(std::to_string(i)));
    const auto all = log.Read(Offset(7), 100, 1 * MiB).records;
    ASSERT_EQ(all.size(), 10u);
    const auto some = log.Read(Offset(9), 3, 1 * MiB).records;
    ASSERT_EQ(some.size(), 3u);
    EXPECT_EQ(some.front().offset, Offset(9));
    EXPECT_TRUE(some.front().payload.SameAs(all[2].payload));
    EXPECT_TRUE(log.Read(Offset(17), 100, 1 * MiB).records.empty());
    const auto below = log.Read(Offset(3), 100, 1 * MiB);
    EXPECT_TRUE(below.records.empty());
    EXPECT_EQ(below.oldest_in_memory, Offset(7));
}

TEST(PartitionLog, KeepsTheWatermarkOfTheDiskBehindIt) {
    PartitionLog log(Offset(50), BoundsOf(1 * MiB), Offset(20));
    EXPECT_EQ(log.Watermarks(), std::make_pair(Offset(20), Offset(50)));
    std::vector<Message> records{Make("a"), Make("b")};
    records[0].offset = Offset(50);
    records[1].offset = Offset(51);
    log.AppendStored(std::move(records));
    EXPECT_EQ(log.Watermarks(), std::make_pair(Offset(20), Offset(52)));
    log.TrimStored(Offset(51));
    EXPECT_EQ(log.Watermarks(), std::make_pair(Offset(51), Offset(52)));
    EXPECT_EQ(log.Read(Offset(51), 9, 1 * MiB).records.size(), 1u);
    EXPECT_EQ(log.Read(Offset(51), 9, 1 * MiB).oldest_in_memory, Offset(51));
}

}  // namespace
}  // namespace flux::bus
