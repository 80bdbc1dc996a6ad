#include "config/quantity.h"

#include "base/units.h"

#include <gtest/gtest.h>

namespace flux::config {
namespace {

TEST(Quantity, ReadsDurationsWithAndWithoutUnit) {
    EXPECT_EQ(ParseDuration("250ms", 1s), 250ms);
    EXPECT_EQ(ParseDuration("25s", 1ms), 25s);
    EXPECT_EQ(ParseDuration("5 m", 1ms), 5min);
    EXPECT_EQ(ParseDuration("2h", 1ms), 2h);
    EXPECT_EQ(ParseDuration("1d", 1ms), 24h);
    EXPECT_EQ(ParseDuration("7", 1s), 7s);
    EXPECT_EQ(ParseDuration("7", 1ms), 7ms);
}

TEST(Quantity, RefusesWhatIsNoDuration) {
    for (const char* text : {"", " 5s", "5", "s", "-1s", "1.5s", "5sec", "5  s", "5s ", "0x5s"}) {
        EXPECT_EQ(ParseDuration(text, std::string_view(text) == "5" ? 0ms : 1ms), std::nullopt)
            << text;
    }
    EXPECT_EQ(ParseDuration("9223372036854775807d", 1ms), std::nullopt) << "does not fit";
    EXPECT_EQ(ParseDuration("18446744073709551616", 1ms), std::nullopt) << "does not fit";
}

TEST(Quantity, ReadsBytes) {
    EXPECT_EQ(ParseBytes("16KiB"), 16 * KiB);
    EXPECT_EQ(ParseBytes("1 MiB"), MiB);
    EXPECT_EQ(ParseBytes("2GB"), 2'000'000'000U);
    EXPECT_EQ(ParseBytes("1000"), 1000U);
    EXPECT_EQ(ParseBytes("16kib"), std::nullopt);
    EXPECT_EQ(ParseBytes("16777216TiB"), std::nullopt);
}

TEST(Quantity, PrintsTheLargestUnitThatLeavesAWholeNumber) {
    EXPECT_EQ(DurationText(25s), "25s");
    EXPECT_EQ(DurationText(90s), "90s");
    EXPECT_EQ(DurationText(2min), "2m");
    EXPECT_EQ(DurationText(1500ms), "1500ms");
    EXPECT_EQ(DurationText(0ms), "0ms");
    EXPECT_EQ(BytesText(256 * KiB), "256KiB");
    EXPECT_EQ(BytesText(1'000'000), "1000000");
    EXPECT_EQ(BytesText(0), "0");
}

TEST(Quantity, WhatIsPrintedReadsBack) {
    for (const Milliseconds duration : {0ms, 1ms, 999ms, 1000ms, 61s + 0ms, 3600s + 0ms}) {
        EXPECT_EQ(ParseDuration(DurationText(duration), 1ms), duration);
    }
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, 3 * KiB, 5 * MiB, GiB}) {
        EXPECT_EQ(ParseBytes(BytesText(bytes)), bytes);
    }
}

}  // namespace
}  // namespace flux::config
