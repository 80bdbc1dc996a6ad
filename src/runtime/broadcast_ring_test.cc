#include "runtime/broadcast_ring.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

namespace flux {
namespace {

TEST(BroadcastRing, EveryReaderSeesEveryEntryInOrder) {
    BroadcastRing<int> ring(8);
    BroadcastRing<int>::Cursor one = ring.AtEnd();
    BroadcastRing<int>::Cursor other = ring.AtEnd();
    for (int i = 0; i < 5; ++i)
        ring.Post(i);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(ring.Read(one), i);
        EXPECT_EQ(ring.Read(other), i);
    }
    EXPECT_EQ(ring.Read(one), std::nullopt);
    EXPECT_EQ(one.missed, 0U);
}

TEST(BroadcastRing, TheLastReaderTakesTheEntryOutOfItsSlot) {
    BroadcastRing<std::shared_ptr<int>> ring(8, 2);
    BroadcastRing<std::shared_ptr<int>>::Cursor one = ring.AtEnd();
    BroadcastRing<std::shared_ptr<int>>::Cursor other = ring.AtEnd();
    const auto entry = std::make_shared<int>(7);
    ring.Post(entry);
    EXPECT_EQ(ring.Read(one), entry);
    EXPECT_EQ(entry.use_count(), 2) << "the other reader has not seen it yet";
    EXPECT_EQ(ring.Read(other), entry);
    EXPECT_EQ(entry.use_count(), 1) << "nobody needs it any more";
}

TEST(BroadcastRing, ANewReaderStartsAtTheEnd) {
    BroadcastRing<int> ring(8);
    ring.Post(1);
    BroadcastRing<int>::Cursor cursor = ring.AtEnd();
    EXPECT_FALSE(ring.HasNews(cursor));
    EXPECT_EQ(ring.Read(cursor), std::nullopt);
    ring.Post(2);
    EXPECT_TRUE(ring.HasNews(cursor));
    EXPECT_EQ(ring.Read(cursor), 2);
}

TEST(BroadcastRing, AReaderThatFellOffIsToldHowManyItMissedAndGoesOnAtTheOldest) {
    BroadcastRing<int> ring(8);
    BroadcastRing<int>::Cursor cursor = ring.AtEnd();
    for (int i = 0; i < 20; ++i)
        ring.Post(i);
    EXPECT_EQ(ring.Read(cursor), 12);
    EXPECT_EQ(cursor.missed, 12U);
    for (int i = 13; i < 20; ++i)
        EXPECT_EQ(ring.Read(cursor), i);
    EXPECT_EQ(ring.Read(cursor), std::nullopt);
    EXPECT_EQ(cursor.missed, 12U);
}

TEST(BroadcastRing, ExactlyARoundBehindMissesNothing) {
    BroadcastRing<int> ring(8);
    BroadcastRing<int>::Cursor cursor = ring.AtEnd();
    for (int i = 0; i < 8; ++i)
        ring.Post(i);
    EXPECT_EQ(ring.Read(cursor), 0);
    EXPECT_EQ(cursor.missed, 0U);
}

TEST(BroadcastRing, AnOverwrittenEntryIsReleased) {
    BroadcastRing<std::shared_ptr<int>> ring(2);
    auto entry = std::make_shared<int>(1);
    const std::weak_ptr<int> watched = entry;
    ring.Post(std::move(entry));
    ring.Post(nullptr);
    EXPECT_FALSE(watched.expired());
    ring.Post(nullptr);
    EXPECT_TRUE(watched.expired());
}

TEST(BroadcastRing, TheOldestGoWhenAllWeighMoreThanTheyMay) {
    BroadcastRing<std::shared_ptr<int>> ring(64, 2, 100);
    BroadcastRing<std::shared_ptr<int>>::Cursor fast = ring.AtEnd();
    BroadcastRing<std::shared_ptr<int>>::Cursor stalled = ring.AtEnd();
    std::vector<std::weak_ptr<int>> posted;
    for (int i = 0; i < 20; ++i) {
        auto entry = std::make_shared<int>(i);
        posted.push_back(entry);
        ring.Post(std::move(entry), 30);
        EXPECT_EQ(**ring.Read(fast), i);
        EXPECT_LE(ring.bytes(), 100U);
    }
    EXPECT_EQ(fast.missed, 0U);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(posted[static_cast<std::size_t>(i)].expired(), i < 17) << i;
    EXPECT_EQ(**ring.Read(stalled), 17);
    EXPECT_EQ(stalled.missed, 17U);
    EXPECT_EQ(**ring.Read(stalled), 18);
    EXPECT_EQ(**ring.Read(stalled), 19);
    EXPECT_EQ(ring.Read(stalled), std::nullopt);
    EXPECT_EQ(stalled.missed, 17U);
    EXPECT_EQ(ring.bytes(), 0U);
}

TEST(BroadcastRing, TheNewestStaysWhateverItWeighs) {
    BroadcastRing<int> ring(8, 1, 100);
    BroadcastRing<int>::Cursor cursor = ring.AtEnd();
    ring.Post(1, 60);
    ring.Post(2, 1'000);
    EXPECT_EQ(ring.Read(cursor), 2);
    EXPECT_EQ(cursor.missed, 1U);
    ring.Post(3, 60);
    EXPECT_EQ(ring.Read(cursor), 3);
    EXPECT_EQ(ring.bytes(), 0U);
}

TEST(BroadcastRing, AnOverwrittenEntryWeighsNothing) {
    BroadcastRing<int> ring(2, 0, 100);
    for (int i = 0; i < 50; ++i)
        ring.Post(i, 10);
    EXPECT_EQ(ring.bytes(), 20U);
}

struct Posted {
    std::uint32_t writer = 0;
    std::uint64_t number = 0;
    std::shared_ptr<const std::uint64_t> payload;  // as a shared frame: must match `number`
};

struct Seen {
    std::uint64_t read = 0;
    std::uint64_t missed = 0;
    bool in_order = true;
    bool intact = true;
};

constexpr std::uint32_t kWriters = 3;
constexpr std::uint64_t kEntriesEach = 10'000;
constexpr std::size_t kWeight = 10;

void WriteAll(BroadcastRing<Posted>& ring, std::uint32_t writer) {
    for (std::uint64_t number = 1; number <= kEntriesEach; ++number) {
        Posted entry{
            .writer = writer,
            .number = number,
            .payload = std::make_shared<const std::uint64_t>(number),
        };
        ring.Post(std::move(entry), kWeight);
    }
}

Seen ReadAll(BroadcastRing<Posted>& ring) {
    Seen seen;
    BroadcastRing<Posted>::Cursor cursor;
    std::array<std::uint64_t, kWriters> last{};
    // Ends by itself: each entry is either read or counted as missed.
    while (seen.read + cursor.missed < kWriters * kEntriesEach) {
        const std::optional<Posted> entry = ring.Read(cursor);
        if (!entry) {
            std::this_thread::yield();
            continue;
        }
        ++seen.read;
        seen.in_order = seen.in_order && entry->number > last[entry->writer];
        seen.intact = seen.intact && *entry->payload == entry->number;
        last[entry->writer] = entry->number;
    }
    seen.missed = cursor.missed;
    return seen;
}

std::vector<Seen> RaceWritersAndReaders(
    std::size_t capacity, std::size_t bytes_max = std::numeric_limits<std::size_t>::max()
) {
    BroadcastRing<Posted> ring(capacity, 2, bytes_max);
    std::vector<Seen> seen(2);
    std::vector<std::thread> threads;
    for (Seen& result : seen)
        threads.emplace_back([&ring, &result] { result = ReadAll(ring); });
    for (std::uint32_t writer = 0; writer < kWriters; ++writer)
        threads.emplace_back([&ring, writer] { WriteAll(ring, writer); });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(ring.posted(), kWriters * kEntriesEach);
    EXPECT_EQ(ring.bytes(), 0U) << "both have read all, or were told they missed it";
    return seen;
}

TEST(BroadcastRingRace, NothingIsLostWhileTheRingIsLargeEnough) {
    for (const Seen& seen : RaceWritersAndReaders(64 * 1024)) {
        EXPECT_EQ(seen.read, kWriters * kEntriesEach);
        EXPECT_EQ(seen.missed, 0U);
        EXPECT_TRUE(seen.in_order);
        EXPECT_TRUE(seen.intact);
    }
}

TEST(BroadcastRingRace, ASmallRingLosesOnlyWhatItSaysItLost) {
    for (const Seen& seen : RaceWritersAndReaders(16)) {
        EXPECT_EQ(seen.read + seen.missed, kWriters * kEntriesEach);
        EXPECT_TRUE(seen.in_order);
        EXPECT_TRUE(seen.intact);
    }
}

TEST(BroadcastRingRace, ALightRingLosesOnlyWhatItSaysItLost) {
    for (const Seen& seen : RaceWritersAndReaders(1024, 12 * kWeight)) {
        EXPECT_EQ(seen.read + seen.missed, kWriters * kEntriesEach);
        EXPECT_TRUE(seen.in_order);
        EXPECT_TRUE(seen.intact);
    }
}

}  // namespace
}  // namespace flux
