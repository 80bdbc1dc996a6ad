#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "base/shared_bytes.h"
#include "base/unique_function.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <set>
#include <thread>
#include <vector>

namespace flux {
namespace {

TEST(Result, CarriesTheErrorAndItsSentence) {
    const Result<int> failed = Error(ErrorCode::kNotFound, Retry::kNever, "no topic called x");
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(ToString(failed.error()), "not_found: no topic called x");
}

TEST(ResultDeathTest, TakingTheValueOfAFailureEndsTheProcess) {
    const Result<int> failed = Error(ErrorCode::kNotFound, Retry::kNever, "gone");
    EXPECT_DEATH({ [[maybe_unused]] const int never = failed.value(); }, "not_found: gone");
}

TEST(Random, TheSameSeedGivesTheSameNumbers) {
    Random one(7);
    Random two(7);
    Random other(8);
    const std::uint64_t first = one.Next();
    EXPECT_EQ(first, two.Next());
    EXPECT_NE(first, other.Next());
}

TEST(Random, BelowStaysBelowAndReachesEveryValue) {
    Random random(1);
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 1000; ++i)
        seen.insert(random.Below(10));
    EXPECT_EQ(seen.size(), 10U);
    EXPECT_EQ(*seen.rbegin(), 9U);
}

TEST(SecureRandomText, HasTheLengthOfItsBytesAndDoesNotRepeat) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i)
        seen.insert(SecureRandomText(16));
    EXPECT_EQ(seen.size(), 1000U);
    for (const std::string& text : seen)
        EXPECT_EQ(text.size(), 22U);
}

TEST(ManualClock, MovesOnlyWhenTold) {
    ManualClock clock;
    const SteadyTime before = clock.Now();
    const WallMillis wall = clock.WallNow();
    clock.Advance(std::chrono::seconds(2));
    EXPECT_EQ(clock.Now() - before, std::chrono::seconds(2));
    EXPECT_EQ(clock.WallNow() - wall, 2000);
}

TEST(SharedBytes, SharesOneBlock) {
    const SharedBytes first("payload");
    const SharedBytes copy =
        first;  // NOLINT(performance-unnecessary-copy-initialization): the copy is the subject
    EXPECT_TRUE(copy.SameAs(first));
    EXPECT_EQ(copy.view(), "payload");
    EXPECT_TRUE(SharedBytes("").empty());
}

TEST(SharedBytes, IsDerivedFromOnceWhoeverAsks) {
    constexpr std::size_t kThreads = 4;
    for (int round = 0; round < 200; ++round) {
        const SharedBytes bytes("payload");
        std::atomic<int> made{0};
        std::atomic<std::size_t> ready{0};
        std::array<SharedBytes, kThreads> derived;
        std::vector<std::thread> threads;
        for (SharedBytes& mine : derived) {
            threads.emplace_back([&, copy = bytes] {
                ++ready;
                while (ready < kThreads) {
                }
                mine = copy.Derived([&] {
                    ++made;
                    return SharedBytes("derived");
                });
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        ASSERT_EQ(made, 1);
        for (const SharedBytes& mine : derived) {
            ASSERT_EQ(mine.view(), "derived");
            ASSERT_TRUE(mine.SameAs(derived[0]));
        }
    }
}

TEST(SharedBytes, WhatIsDerivedOutlivesItsSourceAndMayBeNothing) {
    SharedBytes kept;
    {
        const SharedBytes bytes("payload");
        EXPECT_TRUE(bytes.DerivedIfMade().empty());
        kept = bytes.Derived([] { return SharedBytes("derived"); });
        EXPECT_TRUE(bytes.DerivedIfMade().SameAs(kept));
        const SharedBytes other("other");
        EXPECT_TRUE(other.Derived([] { return SharedBytes(); }).empty());
        EXPECT_TRUE(other.Derived([] { return SharedBytes("too late"); }).empty());
        EXPECT_TRUE(other.DerivedIfMade().empty());
    }
    EXPECT_EQ(kept.view(), "derived");
    EXPECT_TRUE(SharedBytes().Derived([] { return SharedBytes("of nothing"); }).empty());
}

TEST(UniqueFunction, OwnsWhatItCaptures) {
    auto owned = std::make_unique<int>(42);
    UniqueFunction<int(int)> add = [owned = std::move(owned)](int more) { return *owned + more; };
    EXPECT_EQ(add(1), 43);
}

TEST(Metrics, GroupsSamplesUnderOneHelpAndType) {
    MetricRegistry registry;
    Counter sent;
    sent.Add(3);
    Gauge open;
    open.Set(-1);
    const auto registration = registry.Add([&](MetricWriter& out) {
        out.Write("frames_sent", "Frames written.", sent, {{"shard", "0"}});
        out.Write("frames_sent", "Frames written.", sent, {{"shard", "1\"\n"}});
        out.Write("open", "Open connections.", open);
    });
    EXPECT_EQ(
        registry.Scrape(),
        "# HELP flux_frames_sent_total Frames written.\n# TYPE flux_frames_sent_total counter\n"
        "flux_frames_sent_total{shard=\"0\"} 3\nflux_frames_sent_total{shard=\"1\\\"\\n\"} 3\n"
        "# HELP flux_open Open connections.\n# TYPE flux_open gauge\nflux_open -1\n"
    );
}

TEST(Metrics, SourcesThatShareAFamilyWriteItsHelpOnce) {
    MetricRegistry registry;
    Counter sent;
    const auto source = [&](std::string_view server) {
        return [&sent, server](MetricWriter& out) {
            out.SetCommonLabel("server", server);
            out.Write("sent", "Sent.", sent);
            out.SetCommonLabel("server", "");
        };
    };
    const auto web = registry.Add(source("web"));
    const auto admin = registry.Add(source("admin"));
    EXPECT_EQ(
        registry.Scrape(),
        "# HELP flux_sent_total Sent.\n# TYPE flux_sent_total counter\n"
        "flux_sent_total{server=\"web\"} 0\nflux_sent_total{server=\"admin\"} 0\n"
    );
}

TEST(Metrics, ARegistrationEndsWithItsOwner) {
    MetricRegistry registry;
    Counter counter;
    {
        const auto registration =
            registry.Add([&](MetricWriter& out) { out.Write("gone", "Gone.", counter); });
        EXPECT_NE(registry.Scrape(), "");
    }
    EXPECT_EQ(registry.Scrape(), "");
}

TEST(Log, JsonEscapesEverythingThatWouldBreakALine) {
    const std::string line = log::FormatJson(
        1'700'000'000'123,
        log::Level::kWarn,
        "a.b",
        "say \"hi\"\n",
        {{"city", "M\xC3\xBCnchen"}, {"broken", "\xFF"}, {"n", 42}, {"on", true}, {"x", 1.5}}
    );
    EXPECT_EQ(
        line,
        R"({"time":"2023-11-14T22:13:20.123Z","level":"warn","event":"a.b","message":"say \"hi\"\u000a",)"
        "\"city\":\"M\xC3\xBCnchen\",\"broken\":\"\\ufffd\",\"n\":42,\"on\":true,\"x\":1.5}"
    );
}

TEST(Log, TextNeverCarriesControlCharacters) {
    const std::string line =
        log::FormatText(0, log::Level::kInfo, "e", "m\033[2J", {{"f", "a\nb"}}, false);
    EXPECT_EQ(line.find('\033'), std::string::npos);
    EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(Log, TextShowsC1ControlsAndBytesThatAreNoUtf8Escaped) {
    const auto shown = [](std::string_view message) {
        const std::string line = log::FormatText(0, log::Level::kInfo, "e", message, {}, false);
        const std::size_t begin = line.find("info  ") + 6;
        return line.substr(begin, line.rfind("  e") - begin);
    };
    EXPECT_EQ(
        shown("a\xC2\x9B"
              "2Jb"),
        "a\\u009b2Jb"
    ) << "CSI, as one character";
    EXPECT_EQ(shown("\xC2\x80\xC2\x9F"), "\\u0080\\u009f");
    EXPECT_EQ(shown("\xC2\xA0"), "\xC2\xA0") << "the first that is no control character";
    EXPECT_EQ(
        shown("\x9B"
              "2J\xFF"),
        "\\x9b2J\\xff"
    ) << "CSI, as a Latin-1 terminal reads it";
    EXPECT_EQ(shown("\xE2\x82"), "\\xe2\\x82") << "cut off";
    EXPECT_EQ(shown("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "half a surrogate pair";
    EXPECT_EQ(
        shown("M\xC3\xBCnchen \xE2\x82\xAC \xF0\x9F\x98\x80 \x7F"),
        "M\xC3\xBCnchen \xE2\x82\xAC \xF0\x9F\x98\x80 \\x7f"
    );
}

TEST(Log, JsonEscapesC1ControlsToo) {
    const std::string line = log::FormatJson(
        0,
        log::Level::kInfo,
        "e",
        "\xC2\x9B"
        "2J",
        {}
    );
    EXPECT_NE(line.find("\"\\u009b2J\""), std::string::npos) << line;
}

}  // namespace
}  // namespace flux
