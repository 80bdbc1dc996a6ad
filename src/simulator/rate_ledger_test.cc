#include "simulator/rate_ledger.h"

#include "base/units.h"
#include "simulator/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::simulator {
namespace {

TEST(RateLedger, LetsAnyMinuteHoldSixtyCalls) {
    ManualClock clock;
    RateLedger ledger(clock, {{"minute", 60, 1min}});
    for (int i = 0; i < 60; ++i) {
        EXPECT_FALSE(ledger.Take("key"));
        clock.Advance(500ms);
    }
    const auto refused = ledger.Take("key");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->rule, "minute");
    EXPECT_EQ(refused->wait, 30s);
    EXPECT_FALSE(ledger.Take("another key"));
    clock.Advance(30s);
    EXPECT_FALSE(ledger.Take("key"));
    EXPECT_TRUE(ledger.Take("key"));
    clock.Advance(500ms);
    EXPECT_FALSE(ledger.Take("key")) << "one leaves the window every half second";
}

TEST(RateLedger, ForgivesWhatComesATenthOfASecondEarly) {
    ManualClock clock;
    RateLedger ledger(clock, {{"minute", 1, 1min}});
    EXPECT_FALSE(ledger.Take("key"));
    clock.Advance(59'890ms);
    EXPECT_TRUE(ledger.Take("key"));
    clock.Advance(20ms);
    EXPECT_FALSE(ledger.Take("key"));
}

TEST(RateLedger, CountsRefusedCallsWhereTheVendorDoes) {
    ManualClock clock;
    RateLedger ledger(clock, {{"minute", 2, 1min}}, true);
    EXPECT_FALSE(ledger.Take("key"));
    EXPECT_FALSE(ledger.Take("key"));
    clock.Advance(50s);
    EXPECT_TRUE(ledger.Take("key"));
    EXPECT_TRUE(ledger.Take("key"));
    clock.Advance(10s);
    EXPECT_TRUE(ledger.Take("key")) << "the refused ones are in the window";
    clock.Advance(60s);
    EXPECT_FALSE(ledger.Take("key"));
}

TEST(RateLedger, LetsLongWindowsBeginWithTheirFirstCall) {
    ManualClock clock;
    RateLedger ledger(clock, {{"day", 2, 24h}});
    EXPECT_FALSE(ledger.Take("key"));
    clock.Advance(23h);
    EXPECT_FALSE(ledger.Take("key"));
    EXPECT_EQ(ledger.Take("key")->wait, 1h);
    clock.Advance(1h);
    EXPECT_FALSE(ledger.Take("key"));
    EXPECT_EQ(ledger.RestOf("key", "day").left, 1u);
}

TEST(RateLedger, CountsWhatTheVendorWouldHaveRefused) {
    ManualClock clock;
    RateLedger ledger(clock, {{"minute", 2, 1min}});
    ASSERT_TRUE(ledger.SetMost("minute", 100));
    for (int i = 0; i < 10; ++i)
        EXPECT_FALSE(ledger.Take("key"));
    ASSERT_TRUE(ledger.SetMost("minute", 0));
    EXPECT_FALSE(ledger.Take("key"));
    JsonText json;
    ledger.Append(json);
    EXPECT_EQ(
        json.Take(),
        R"([{"rule":"minute","seconds":60,"most":0,"vendor":2,"refused":0,)"
        R"("vendor_would_refuse":9}])"
    );
    EXPECT_EQ(ledger.SetMost("hour", 1).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(ledger.SetMost("minute", 1'000'000).error().code, ErrorCode::kBadInput);
}

TEST(RateLedger, HasRulesForSomeAccountsAlone) {
    ManualClock clock;
    RateLedger ledger(clock, {{"minute", 3, 1min, "key:"}, {"keyless", 1, 1min, "address:"}});
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(ledger.Take("key:a"));
    EXPECT_TRUE(ledger.Take("key:a"));
    EXPECT_FALSE(ledger.Take("address:1"));
    EXPECT_EQ(ledger.Take("address:1")->rule, "keyless");
}

TEST(RateLedger, IsBounded) {
    ManualClock clock;
    RateLedger ledger(clock, {{"minute", 1, 1min}});
    for (int i = 0; i < 1000; ++i) {
        EXPECT_FALSE(ledger.Take(std::to_string(i)));
        clock.Advance(1ms);
    }
    EXPECT_TRUE(ledger.Take("999"));
    EXPECT_FALSE(ledger.Take("0")) << "the quietest is forgotten";
}

}  // namespace
}  // namespace flux::simulator
