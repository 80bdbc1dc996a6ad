#include "gateway/dedup_window.h"

#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

constexpr Milliseconds kWindow{2'000};

TEST(DedupWindow, TheSameWithinTheWindowIsARepetition) {
    DedupWindow window(kWindow, 10);
    const SteadyTime start;
    EXPECT_FALSE(window.Repeats("ann", 1, start));
    EXPECT_TRUE(window.Repeats("ann", 1, start + Milliseconds(1'999)));
    EXPECT_FALSE(window.Repeats("bob", 1, start));
    EXPECT_FALSE(window.Repeats("ann", 2, start + Milliseconds(10)));
    EXPECT_FALSE(window.Repeats("ann", 1, start + Milliseconds(20))) << "only the last is kept";
}

TEST(DedupWindow, ARepetitionDoesNotMakeTheWindowLonger) {
    DedupWindow window(kWindow, 10);
    const SteadyTime start;
    EXPECT_FALSE(window.Repeats("ann", 1, start));
    EXPECT_TRUE(window.Repeats("ann", 1, start + Milliseconds(1'500)));
    EXPECT_FALSE(window.Repeats("ann", 1, start + kWindow));
}

TEST(DedupWindow, WhatWasLostMayBeSaidAgain) {
    DedupWindow window(kWindow, 10);
    const SteadyTime start;
    EXPECT_FALSE(window.Repeats("ann", 1, start));
    window.Forget("ann", 2);  // something else
    EXPECT_TRUE(window.Repeats("ann", 1, start));
    window.Forget("ann", 1);
    EXPECT_FALSE(window.Repeats("ann", 1, start));
}

TEST(DedupWindow, IsBoundedAndFailsOpen) {
    DedupWindow window(kWindow, 3);
    const SteadyTime start;
    for (const char* const user : {"a", "b", "c"})
        EXPECT_FALSE(window.Repeats(user, 1, start));
    EXPECT_FALSE(window.Repeats("d", 1, start));
    EXPECT_FALSE(window.Repeats("d", 1, start)) << "no room to remember it";
    EXPECT_TRUE(window.Repeats("a", 1, start));
    EXPECT_EQ(window.size(), 3u);
    EXPECT_FALSE(window.Repeats("d", 1, start + kWindow));
    EXPECT_TRUE(window.Repeats("d", 1, start + kWindow));
    EXPECT_EQ(window.size(), 1u) << "the others' time was over";
}

}  // namespace
}  // namespace flux::gateway
