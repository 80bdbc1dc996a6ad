#include "cache/cache_contract.h"

#include "base/rank.h"
#include "limits/limits.h"

#include <vector>

namespace flux::cache::testing {
namespace {

TEST_F(CacheContract, WhatOneShardSetsEveryShardGets) {
    Set(0, "a", "of the first");
    Set(1, "b", "of the second");
    EXPECT_EQ(Get(1, "a"), "of the first");
    EXPECT_EQ(Get(0, "b"), "of the second");
    EXPECT_EQ(Get(0, "c"), std::nullopt);
    EXPECT_EQ(Get(1, "c"), std::nullopt);
}

TEST_F(CacheContract, ANewerValueReplacesAndADeletedOneIsGone) {
    Set(0, "a", "older");
    Set(1, "a", "newer");
    EXPECT_EQ(Get(0, "a"), "newer");
    auto remove = [&]() -> Task<Value> {
        On(0).Delete(Key("a"));
        co_return co_await On(0).Get(Key("a"));
    };
    EXPECT_EQ(RunOn(shards_[0], remove()), std::nullopt);
    EXPECT_EQ(Get(1, "a"), std::nullopt);
}

TEST_F(CacheContract, WhatOneShardDoesHappensInItsOrder) {
    for (const std::size_t shard : {0u, 1u}) {
        auto work = [&]() -> Task<Value> {
            for (int n = 0; n < 100; ++n) {
                On(shard).Set(Key("a"), std::to_string(n), 60s);
                if (n % 10 == 5) On(shard).Delete(Key("a"));
            }
            co_return co_await On(shard).Get(Key("a"));
        };
        EXPECT_EQ(RunOn(shards_[shard], work()), "99");
    }
}

TEST_F(CacheContract, AnyByteComesBackAsItWas) {
    std::string bytes;
    for (int n = 0; n < 256; ++n)
        bytes += static_cast<char>(n);
    bytes += "\r\n$5\r\n";
    Set(0, "a", bytes);
    EXPECT_EQ(Get(1, "a"), bytes);
}

TEST_F(CacheContract, ALargeValueFitsAndALargerOneIsNotKept) {
    const std::string largest(limits::kCacheValueBytesMax, 'x');
    Set(0, "a", largest);
    EXPECT_EQ(Get(1, "a"), largest);
    auto work = [&]() -> Task<Value> {
        On(1).Set(Key("b"), largest + "x", 60s);
        On(1).Set(Key(std::string(limits::kCacheKeyBytesMax, 'k')), "long key", 60s);
        co_return co_await On(1).Get(Key("b"));
    };
    EXPECT_EQ(RunOn(shards_[1], work()), std::nullopt);
    EXPECT_EQ(Get(0, std::string(limits::kCacheKeyBytesMax, 'k')), std::nullopt);
    EXPECT_EQ(Get(0, "a"), largest);
}

TEST_F(CacheContract, AValueEndsWithItsTime) {
    Set(0, "short", "s", 1s);
    Set(0, "long", "l", 60s);
    const SteadyTime deadline = SystemClock::Instance().Now() + 10s;
    while (Get(1, "short") && SystemClock::Instance().Now() < deadline) {
    }
    EXPECT_EQ(Get(1, "short"), std::nullopt);
    EXPECT_EQ(Get(1, "long"), "l");
}

TEST_F(CacheContract, AnEmptyValueIsNone) {
    Set(0, "a", "something");
    auto work = [&]() -> Task<Value> {
        On(0).Set(Key("a"), "", 60s);
        co_return co_await On(0).Get(Key("a"));
    };
    EXPECT_EQ(RunOn(shards_[0], work()), std::nullopt);
}

TEST_F(CacheContract, WhatIsTakenIsMarked) {
    const std::string once = EncodeRank(6) + "once";
    const std::string taken = EncodeRank(7) + "taken";
    Set(0, "a", once);
    EXPECT_EQ(Take(1, "a"), once);
    EXPECT_EQ(Get(0, "a"), taken);
    EXPECT_EQ(Take(0, "a"), taken);
    EXPECT_EQ(Get(1, "a"), taken);
    EXPECT_EQ(Take(1, "b"), std::nullopt);
    EXPECT_EQ(Get(0, "b"), std::nullopt);
    // Of no rank: read, and left as it is.
    Set(0, "c", "something");
    EXPECT_EQ(Take(1, "c"), "something");
    EXPECT_EQ(Get(0, "c"), "something");
}

TEST_F(CacheContract, AHigherRankStays) {
    const std::string older = EncodeRank(0x10) + "older";
    const std::string newer = EncodeRank(0xfedcba987654) + std::string("new\0er\r\n", 8);
    EXPECT_EQ(SetRanked(0, "a", older), older);
    EXPECT_EQ(SetRanked(1, "a", newer), newer);
    EXPECT_EQ(SetRanked(0, "a", older), newer);
    const std::string as_new = newer + " again";
    EXPECT_EQ(SetRanked(0, "a", as_new), as_new);
    Set(1, "a", "of no rank");
    EXPECT_EQ(SetRanked(0, "a", older), older);
    // Who has taken it writes on, and who had it before does not.
    EXPECT_EQ(Take(1, "a"), older);
    EXPECT_EQ(SetRanked(0, "a", older), EncodeRank(0x11) + "taken");
    const std::string next = EncodeRank(0x12) + "next";
    EXPECT_EQ(SetRanked(1, "a", next), next);
}

TEST_F(CacheContract, OfManyWhoTakeOneGetsIt) {
    for (int round = 0; round < 10; ++round) {
        const std::string name = "round" + std::to_string(round);
        const std::string once = EncodeRank(2) + "once";
        Set(0, name, once);
        std::vector<std::future<Value>> takers;
        for (int n = 0; n < 8; ++n) {
            takers.push_back(std::async(std::launch::async, [&, n] { return Take(n % 2, name); }));
        }
        int got = 0;
        for (std::future<Value>& taker : takers) {
            if (taker.get() == once) ++got;
        }
        EXPECT_EQ(got, 1);
    }
}

TEST_F(CacheContract, AStoppedOneMissesAndDropsAtOnce) {
    Set(0, "a", "there");
    EachShard([this] { return set_->Stop(); });
    EXPECT_EQ(Get(0, "a"), std::nullopt);
    EXPECT_EQ(Take(1, "a"), std::nullopt);
    auto work = [&]() -> Task<bool> {
        On(1).Set(Key("b"), "x", 60s);
        On(1).Delete(Key("b"));
        EXPECT_FALSE(On(1).SetRanked(Key("b"), EncodeRank(2), 60s, nullptr));
        co_return true;
    };
    RunOn(shards_[1], work());
}

}  // namespace
}  // namespace flux::cache::testing
