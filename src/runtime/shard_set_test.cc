#include "runtime/shard_set.h"

#include "base/metrics.h"
#include "base/units.h"
#include "limits/limits.h"
#include "runtime/mailbox.h"
#include "runtime/shard_stats.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <set>
#include <thread>
#include <vector>

namespace flux {
namespace {

constexpr auto kDeadline = 30s;  // for what takes milliseconds unless something is lost

/// Shards that run until the test ends.
class Running {
public:
    explicit Running(std::size_t count)
        : shards_(count, SystemClock::Instance()) {
        shards_.Start();
    }
    Shard& operator[](std::size_t index) { return shards_[index]; }
    ShardSet& set() { return shards_; }

private:
    ShardSet shards_;
};

bool Within(std::future<void>&& done) {
    return done.wait_for(kDeadline) == std::future_status::ready;
}

TEST(Mailbox, OpensLettersInTheOrderTheyArrived) {
    Mailbox mailbox(10);
    std::vector<int> opened;
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(mailbox.Post([&opened, i] { opened.push_back(i); }));
    EXPECT_EQ(mailbox.size(), 5U);
    mailbox.OpenAll();
    EXPECT_EQ(opened, (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(mailbox.size(), 0U);
}

TEST(Mailbox, RefusesALetterOverItsBoundAndLeavesItWithTheSender) {
    Mailbox mailbox(2);
    ASSERT_TRUE(mailbox.Post([] {}));
    ASSERT_TRUE(mailbox.Post([] {}));
    bool opened = false;
    Mailbox::Letter letter = [&opened] { opened = true; };
    EXPECT_FALSE(mailbox.Post(std::move(letter)));
    ASSERT_TRUE(letter);  // NOLINT(bugprone-use-after-move): a refused letter is untouched
    letter();
    EXPECT_TRUE(opened);
    mailbox.OpenAll();
    EXPECT_TRUE(mailbox.Post([] {})) << "opening makes room";
}

TEST(Mailbox, TakesAReservedLetterPastItsBound) {
    Mailbox mailbox(1);
    int opened = 0;
    ASSERT_TRUE(mailbox.Post([&opened] { ++opened; }));
    mailbox.PostReserved([&opened] { ++opened; });
    mailbox.OpenAll();
    EXPECT_EQ(opened, 2);
}

TEST(Mailbox, ALetterPostedWhileOpeningWaitsForTheNextTime) {
    Mailbox mailbox(10);
    int opened = 0;
    ASSERT_TRUE(mailbox.Post([&] {
        ++opened;
        EXPECT_TRUE(mailbox.Post([&opened] { ++opened; }));
    }));
    mailbox.OpenAll();
    EXPECT_EQ(opened, 1);
    mailbox.OpenAll();
    EXPECT_EQ(opened, 2);
}

TEST(ShardSet, RunsWorkOnEveryShardByItsOwnThread) {
    Running shards(3);
    std::mutex mutex;
    std::set<std::thread::id> threads;
    std::set<ShardId> ids;
    shards.set().OnEachShard([&](Shard& shard) {
        const std::scoped_lock lock(mutex);
        EXPECT_EQ(Shard::Current(), &shard);
        threads.insert(std::this_thread::get_id());
        ids.insert(shard.id());
    });
    EXPECT_EQ(threads.size(), 3U);
    EXPECT_EQ(ids, (std::set<ShardId>{ShardId(0), ShardId(1), ShardId(2)}));
    EXPECT_EQ(Shard::Current(), nullptr);
}

TEST(ShardSet, StopsTwiceAndWithoutHavingStarted) {
    ShardSet never_started(2, SystemClock::Instance());
    ShardSet started(2, SystemClock::Instance());
    started.Start();
    started.Stop();
    started.Stop();
}

TEST(ShardSet, WhatWasStoppedWhileBusyEndsAfterItsTurn) {
    ShardSet shards(1, SystemClock::Instance());
    shards.Start();
    std::latch busy(1);
    std::atomic<bool> finished{false};
    ASSERT_TRUE(shards[0].Post([&] {
        busy.count_down();
        for (int i = 0; i < 1000; ++i)
            std::this_thread::yield();
        finished = true;
    }));
    busy.wait();
    shards.Stop();
    EXPECT_TRUE(finished);
}

TEST(Shard, RefusesLettersWhenItsMailboxIsFull) {
    Running shards(1);
    std::latch held(1);
    std::latch release(1);
    ASSERT_TRUE(shards[0].Post([&] {
        held.count_down();
        release.wait();
    }));
    held.wait();
    std::size_t accepted = 0;
    while (shards[0].Post([] {}))
        ASSERT_LE(++accepted, limits::kMailboxLettersMax);
    EXPECT_EQ(accepted, limits::kMailboxLettersMax);
    EXPECT_EQ(shards[0].stats().mailbox_full.value(), 1U) << "the refusal is counted";
    MetricWriter metrics;
    Describe(metrics, shards.set());
    EXPECT_NE(
        metrics.Text().find("flux_shard_letters_refused_total{shard=\"0\"} 1\n"), std::string::npos
    ) << metrics.Text();
    std::promise<void> opened;
    shards[0].PostReserved([&opened] { opened.set_value(); });
    release.count_down();
    EXPECT_TRUE(Within(opened.get_future()));
    std::promise<void> later;
    EXPECT_TRUE(shards[0].Post([&later] { later.set_value(); })) << "room again";
    EXPECT_TRUE(Within(later.get_future()));
}

// A lost wake-up would leave the last letter unopened and this test at its deadline.
TEST(ShardRace, EveryLetterOfManySendersIsOpenedInTheSendersOrder) {
    static constexpr int kSenders = 4;
    static constexpr int kLetters = 3000;
    Running shards(1);
    std::vector<int> last(kSenders, -1);
    int opened = 0;
    bool in_order = true;
    std::promise<void> all;
    std::vector<std::thread> senders;
    for (int sender = 0; sender < kSenders; ++sender) {
        senders.emplace_back([&, sender] {
            for (int number = 0; number < kLetters;) {
                const bool posted = shards[0].Post([&, sender, number] {
                    in_order = in_order && last[static_cast<std::size_t>(sender)] == number - 1;
                    last[static_cast<std::size_t>(sender)] = number;
                    if (++opened == kSenders * kLetters) all.set_value();
                });
                if (posted) {
                    ++number;
                } else {
                    std::this_thread::yield();
                }
            }
        });
    }
    EXPECT_TRUE(Within(all.get_future()));
    for (std::thread& sender : senders)
        sender.join();
    shards.set().Stop();
    EXPECT_TRUE(in_order);
}

/// Two shards that answer each other: each letter is posted to a shard that is about to sleep.
struct PingPong {
    Running shards{2};
    int rounds = 0;
    std::promise<void> done;

    void Play(int left) {
        if (left == 0) return done.set_value();
        ++rounds;
        Shard& other = shards[static_cast<std::size_t>(left) % 2];
        EXPECT_TRUE(other.Post([this, left] { Play(left - 1); }));
    }
};

TEST(ShardRace, AWakeUpIsNeverLostBetweenTwoSleepingShards) {
    PingPong game;
    ASSERT_TRUE(game.shards[0].Post([&game] { game.Play(10'000); }));
    EXPECT_TRUE(Within(game.done.get_future()));
    game.shards.set().Stop();
    EXPECT_EQ(game.rounds, 10'000);
}

TEST(ShardRace, AShardIsWokenForItsHookWithoutALetter) {
    struct Watch final : TurnHook {
        void AtTurnEnd() override {
            const int wanted = posted.load(std::memory_order_acquire);
            if (wanted != seen.load()) seen.store(wanted);
        }
        std::atomic<int> posted{0};
        std::atomic<int> seen{0};
    };
    Watch watch;
    Running shards(1);
    shards.set().OnEachShard([&](Shard& shard) { shard.AddTurnHook(watch); });
    const SteadyTime deadline = SystemClock::Instance().Now() + kDeadline;
    for (int number = 1; number <= 5000; ++number) {
        watch.posted.store(number, std::memory_order_release);
        shards[0].Wake();
        while (watch.seen.load() != number && SystemClock::Instance().Now() < deadline)
            std::this_thread::yield();
        ASSERT_EQ(watch.seen.load(), number) << "a wake-up was lost";
    }
    shards.set().OnEachShard([&](Shard& shard) { shard.RemoveTurnHook(watch); });
}

TEST(Shard, RunsItsHooksAfterTheLettersOfTheTurn) {
    struct Order final : TurnHook {
        void AtTurnEnd() override {
            if (letters == 2 && letters_at_turn_end == 0) letters_at_turn_end = letters;
        }
        int letters = 0;
        int letters_at_turn_end = 0;
    };
    Order order;
    Running shards(1);
    std::promise<void> second_opened;
    std::promise<int> seen;
    shards.set().OnEachShard([&](Shard& shard) {
        shard.AddTurnHook(order);
        // Both wait together, so both are opened before the hook runs.
        EXPECT_TRUE(shard.Post([&] { ++order.letters; }));
        EXPECT_TRUE(shard.Post([&] {
            ++order.letters;
            second_opened.set_value();
        }));
    });
    ASSERT_TRUE(Within(second_opened.get_future()));
    shards.set().OnEachShard([&](Shard& shard) {
        EXPECT_EQ(order.letters_at_turn_end, 2);
        shard.RemoveTurnHook(order);
    });
}

struct Alarm final : WheelTimer {
    void OnDeadline() override { rang.set_value(SystemClock::Instance().Now()); }
    std::promise<SteadyTime> rang;
};

TEST(Shard, FiresItsTimersWhileNothingElseHappens) {
    Alarm alarm;
    Running shards(1);
    SteadyTime deadline;
    shards.set().OnEachShard([&](Shard& shard) {
        deadline = shard.now() + 30ms;
        shard.timers().Arm(alarm, deadline);
    });
    std::future<SteadyTime> rang = alarm.rang.get_future();
    ASSERT_EQ(rang.wait_for(kDeadline), std::future_status::ready);
    EXPECT_GE(rang.get(), deadline);
}

TEST(Shard, ANearerTimerIsNotHeldBackByAFartherOne) {
    Alarm far;
    Alarm near;
    Running shards(1);
    shards.set().OnEachShard([&](Shard& shard) { shard.timers().Arm(far, shard.now() + 1h); });
    shards.set().OnEachShard([&](Shard& shard) { shard.timers().Arm(near, shard.now() + 10ms); });
    EXPECT_EQ(near.rang.get_future().wait_for(kDeadline), std::future_status::ready);
    shards.set().OnEachShard([&](Shard&) { far.Disarm(); });
}

TEST(Shard, TimeStandsStillWithinATurn) {
    Running shards(1);
    shards.set().OnEachShard([](Shard& shard) {
        const SteadyTime start = shard.now();
        while (shard.clock().Now() < start + 2ms)
            std::this_thread::yield();
        EXPECT_EQ(shard.now(), start);
    });
}

}  // namespace
}  // namespace flux
