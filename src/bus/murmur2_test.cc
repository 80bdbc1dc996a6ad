#include "bus/murmur2.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace flux::bus {
namespace {

TEST(Murmur2, GivesTheValuesOfKafkasOwnTest) {
    const auto hash = [](const char* text) { return static_cast<std::int32_t>(Murmur2(text)); };
    EXPECT_EQ(hash("21"), -973932308);
    EXPECT_EQ(hash("foobar"), -790332482);
    EXPECT_EQ(hash("a-little-bit-long-string"), -985981536);
    EXPECT_EQ(hash("a-little-bit-longer-string"), -1486304829);
    EXPECT_EQ(hash("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
    EXPECT_EQ(hash("abc"), 479470107);
    EXPECT_EQ(hash(""), 275646681);
}

TEST(Murmur2, PartitionsAreWithinTheTopicForEveryKey) {
    for (std::int32_t partitions = 1; partitions < 20; ++partitions) {
        for (int i = 0; i < 200; ++i) {
            const std::int32_t partition =
                PartitionOfKey(std::string(1, static_cast<char>(i)), partitions);
            EXPECT_GE(partition, 0);
            EXPECT_LT(partition, partitions);
        }
    }
    // The sign bit of this hash is set: it is cleared, the hash is not negated.
    EXPECT_EQ(PartitionOfKey("21", 6), static_cast<std::int32_t>((Murmur2("21") & 0x7fffffff) % 6));
}

}  // namespace
}  // namespace flux::bus
