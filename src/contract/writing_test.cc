// Numbers and times as payloads write them.
#include "base/random.h"
#include "config/instant.h"
#include "contract/iso_time.h"
#include "contract/object_writer.h"
#include "contract/stock.h"
#include "contract/top_coins.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>

namespace flux::contract {
namespace {

using namespace std::chrono_literals;

TEST(NumberJson, IsWhatJavaScriptWrites) {
    for (const auto& [number, text] : std::initializer_list<std::pair<double, const char*>>{
             {0, "0"},
             {-0.0, "0"},
             {1, "1"},
             {-1.5, "-1.5"},
             {10, "10"},
             {1200, "1200"},
             {0.1, "0.1"},
             {0.1 + 0.2, "0.30000000000000004"},
             {0.0001, "0.0001"},
             {0.000012, "0.000012"},
             {1e-6, "0.000001"},
             {1.5e-7, "1.5e-7"},
             {1e-7, "1e-7"},
             {123456789012345, "123456789012345"},
             {9007199254740991, "9007199254740991"},
             {1e20, "100000000000000000000"},
             {123456789012345680000.0, "123456789012345680000"},
             {1e21, "1e+21"},
             {1.25e22, "1.25e+22"},
             {1.7976931348623157e308, "1.7976931348623157e+308"},
             {5e-324, "5e-324"},
             {-6215340.55, "-6215340.55"},
         }) {
        EXPECT_EQ(NumberJson(number), text);
    }
}

TEST(NumberJson, ReadsBackAsTheSameDouble) {
    Random random(20260320);
    for (int round = 0; round < 20'000; ++round) {
        const auto number = std::bit_cast<double>(random.Next());
        if (!std::isfinite(number) || std::fpclassify(number) == FP_SUBNORMAL) continue;
        const std::string text = NumberJson(number);
        ASSERT_TRUE(json::Check(text).has_value()) << text;
        ASSERT_EQ(json::AsNumber(text), number) << text;
        ASSERT_LE(text.size(), 25u);
    }
}

TEST(NumberJson, WhatIsNotFiniteIsNeverWritten) {
    TopCoin coin;
    coin.symbol = "BTC-USD";
    coin.price_inr = std::numeric_limits<double>::infinity();
    coin.change_24h = std::numeric_limits<double>::quiet_NaN();
    TopCoinsEvent event;
    event.coins.push_back(coin);
    const std::string json = Encode(event);
    EXPECT_TRUE(json::Check(json).has_value()) << json;
    EXPECT_NE(json.find("\"price_inr\":null,\"change_24h\":null,"), std::string::npos);
    EXPECT_FALSE(DecodeTopCoinsEvent(json).has_value());
}

TEST(IsoTime, IsWhatJavaScriptWrites) {
    EXPECT_EQ(IsoTime(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(IsoTime(1773998043512), "2026-03-20T09:14:03.512Z");
    EXPECT_EQ(IsoTime(-1), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(IsoTime(951782400000), "2000-02-29T00:00:00.000Z");
    EXPECT_EQ(IsoTime(std::numeric_limits<WallMillis>::max()), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(IsoTime(std::numeric_limits<WallMillis>::min()), "0000-01-01T00:00:00.000Z");
}

TEST(IsoTime, HasTheOffsetOfThePlace) {
    EXPECT_EQ(IsoTimeAt(1773998043512, 19800s), "2026-03-20T14:44:03+05:30");
    EXPECT_EQ(IsoTimeAt(1773998043512, -34200s), "2026-03-19T23:44:03-09:30");
    EXPECT_EQ(IsoTimeAt(1773998043512, 0s), "2026-03-20T09:14:03+00:00");
    EXPECT_EQ(IsoTimeAt(1773998043512, -59s), "2026-03-20T09:14:03+00:00");
    EXPECT_EQ(config::ParseInstant(IsoTimeAt(1773998043000, 19800s)), 1773998043000);
    EXPECT_EQ(config::ParseInstant(IsoTime(1773998043512)), 1773998043512);
}

}  // namespace
}  // namespace flux::contract
