// What the crypto service does when the exchange misbehaves.
#include "base/units.h"
#include "feed_rig.h"

#include <gmock/gmock.h>

namespace flux {
namespace {

using simulator::Fault;
using simulator::FaultKind;
using testing::HasSubstr;
using testing::Not;

using CryptoFaults = FeedRig;

TEST_F(CryptoFaults, ADroppedSocketIsReplaced) {
    StartBoth();
    ASSERT_TRUE(TicksAgain());
    Inject(FaultKind::kDropSocket, 2);
    ASSERT_TRUE(Eventually([&] { return stats().reconnects_lost.value() >= 2; }));
    ASSERT_TRUE(Eventually([&] { return connections() == 2; }));
    EXPECT_TRUE(TicksAgain("BTC-USD"));
    EXPECT_TRUE(TicksAgain("SOL-USD"));
    EXPECT_EQ(stats().connects.value(), 4u);
}

TEST_F(CryptoFaults, SilenceIsNoticedAndLeft) {
    StartBoth();
    ASSERT_TRUE(TicksAgain());
    Fault fault;
    fault.kind = FaultKind::kSilence;
    fault.duration = 900ms;
    Inject(fault);
    Inject(FaultKind::kUnknownType, 1);  // waits until somebody can hear it
    ASSERT_TRUE(Eventually([&] { return stats().reconnects_silent.value() >= 2; }));
    EXPECT_TRUE(TicksAgain());
    EXPECT_EQ(stats().reconnects_lost.value(), 0u);
    EXPECT_TRUE(Eventually([&] { return stats().frames_unknown.value() == 1; }));
}

TEST_F(CryptoFaults, GarbageIsSkippedWithoutLosingTheConnection) {
    StartBoth();
    Inject(FaultKind::kGarbage, 16);
    ASSERT_TRUE(Eventually([&] { return stats().frames_malformed.value() >= 16; }));
    EXPECT_TRUE(TicksAgain());
    EXPECT_EQ(stats().connects.value(), 2u);
    for (const Published& record : published())
        EXPECT_THAT(record.payload, Not(HasSubstr("<")));
}

TEST_F(CryptoFaults, AFrameOverTheBoundEndsTheConnection) {
    StartBoth();
    Inject(FaultKind::kHugeFrame, 1);
    ASSERT_TRUE(Eventually([&] { return stats().reconnects_protocol.value() >= 1; }));
    EXPECT_TRUE(TicksAgain());
}

TEST_F(CryptoFaults, ADeclinedHandshakeIsTriedAgainAfterRetryAfter) {
    StartBoth();
    Fault fault;
    fault.kind = FaultKind::kHttp429;
    fault.count = 2;
    fault.retry_after = 1;
    Inject(fault);
    const SteadyTime began = SystemClock::Instance().Now();
    Inject(FaultKind::kDropSocket, 2);
    ASSERT_TRUE(Eventually([&] { return stats().reconnects_declined.value() == 2; }));
    ASSERT_TRUE(Eventually([&] { return connections() == 2; }));
    // The back-off alone would have waited a tenth of a second at most.
    EXPECT_GE(SystemClock::Instance().Now() - began, 1s);
    EXPECT_TRUE(TicksAgain());
}

TEST_F(CryptoFaults, ADeclineWithoutAWaitIsTriedAgainAfterTheBackoff) {
    StartExchange();
    Inject(FaultKind::kHttp500, 3);
    StartService();
    ASSERT_TRUE(Eventually([&] { return connections() == 2; }));
    EXPECT_EQ(stats().reconnects_declined.value(), 3u);
}

TEST_F(CryptoFaults, AMissingAcknowledgementMeansANewConnection) {
    StartExchange();
    Inject(FaultKind::kNoAck, 2);
    StartService();
    ASSERT_TRUE(Eventually([&] { return stats().reconnects_unacknowledged.value() == 2; }));
    ASSERT_TRUE(Eventually([&] { return connections() == 2; }));
    EXPECT_TRUE(TicksAgain());
}

TEST_F(CryptoFaults, AProductTheExchangeRefusedIsAskedForAgain) {
    StartExchange();
    Fault fault;
    fault.kind = FaultKind::kPartial;
    fault.product = "ETH-USD";
    fault.count = 2;  // the first subscribe of each connection
    Inject(fault);
    StartService();
    ASSERT_TRUE(Eventually([&] { return stats().feed_errors.value() >= 1; }));
    ASSERT_TRUE(Eventually([&] { return connections() == 2; }));
    EXPECT_TRUE(TicksAgain("BTC-USD"));  // of the same connection
    ASSERT_TRUE(Eventually([&] { return stats().resubscribes.value() >= 1; }));
    EXPECT_TRUE(TicksAgain("ETH-USD"));
    EXPECT_TRUE(Eventually([&] { return stats().products_missing.value() == 0; }));
    EXPECT_EQ(stats().connects.value(), 2u);
}

TEST_F(CryptoFaults, LateAndRepeatedTickersAreDropped) {
    StartBoth();
    Inject(FaultKind::kOutOfOrder, 3);
    ASSERT_TRUE(Eventually([&] { return stats().ticks_late.value() == 3; }));
    Inject(FaultKind::kDuplicate, 3);
    ASSERT_TRUE(Eventually([&] { return stats().ticks_late.value() == 6; }));
    EXPECT_TRUE(TicksAgain());
    EXPECT_EQ(stats().connects.value(), 2u);
}

TEST_F(CryptoFaults, AGapInTheSequenceIsNothingSpecial) {
    StartBoth();
    Inject(FaultKind::kSequenceGap, 1);
    EXPECT_TRUE(TicksAgain());
    EXPECT_EQ(stats().ticks_late.value(), 0u);
}

TEST_F(CryptoFaults, AnUnknownTypeIsIgnored) {
    StartBoth();
    Inject(FaultKind::kUnknownType, 3);
    ASSERT_TRUE(Eventually([&] { return stats().frames_unknown.value() == 3; }));
    EXPECT_TRUE(TicksAgain());
    EXPECT_EQ(stats().frames_malformed.value(), 0u);
}

TEST_F(CryptoFaults, MissingSizesAreLeftOut) {
    StartBoth();
    Inject(FaultKind::kMissingSizes, 200);
    const auto without = [&] {
        for (const Published& record : published())
            if (!record.event.data.best_bid_quantity) return true;
        return false;
    };
    EXPECT_TRUE(Eventually(without));
    EXPECT_EQ(stats().frames_malformed.value(), 0u);
}

TEST_F(CryptoFaults, BeingTooSlowIsSurvived) {
    StartBoth();
    Inject(FaultKind::kSlowConsume, 2);
    ASSERT_TRUE(Eventually([&] { return stats().reconnects_lost.value() >= 2; }));
    EXPECT_GE(stats().feed_errors.value(), 1u);
    EXPECT_TRUE(TicksAgain());
}

TEST_F(CryptoFaults, AProductThatNeverTicksDisturbsNoOther) {
    StartExchange();
    Fault fault;
    fault.kind = FaultKind::kMute;
    fault.product = "BTC-USD";
    fault.duration = 1h;
    Inject(fault);
    StartService();
    EXPECT_TRUE(TicksAgain("ETH-USD"));  // shares its connection
    EXPECT_TRUE(TicksAgain("SOL-USD"));
    EXPECT_EQ(PublishedOf("BTC-USD"), 0u);
    EXPECT_EQ(stats().connects.value(), 2u);
}

TEST_F(CryptoFaults, AHandshakeThatIsNeverAnsweredTimesOut) {
    options_.connect_time_max = 200ms;
    StartExchange();
    Inject(FaultKind::kHttpStall, 2);
    StartService();
    ASSERT_TRUE(Eventually([&] { return stats().reconnects_unreachable.value() == 2; }));
    EXPECT_TRUE(TicksAgain());
}

TEST_F(CryptoFaults, AnExchangeThatStartsAgainOnItsPortIsFoundAgain) {
    StartBoth();
    ASSERT_TRUE(TicksAgain());
    StopExchange();
    ASSERT_TRUE(Eventually([&] { return connections() == 0; }));
    exchange_options_.exchange.seed = 99;  // other sequence numbers, perhaps smaller ones
    StartExchange();
    ASSERT_TRUE(Eventually([&] { return connections() == 2; }));
    EXPECT_TRUE(TicksAgain("BTC-USD"));
    EXPECT_TRUE(TicksAgain("ETH-USD"));
    EXPECT_TRUE(TicksAgain("SOL-USD"));
}

TEST_F(CryptoFaults, AProductListThatFailsIsAskedForAgainWhileTheStreamRuns) {
    StartExchange();
    options_.rest_base_url = RestBase();
    options_.products = {"BTC-USD", "NOPE-USD"};
    simulator::Fault fault;
    fault.kind = FaultKind::kHttpHtml;
    fault.count = 2;
    fault.match = "/products";
    Inject(fault);
    StartService();
    EXPECT_TRUE(TicksAgain());
    ASSERT_TRUE(Eventually([&] { return stats().products_unlisted.value() == 1; }));
    EXPECT_EQ(stats().catalog_failures.value(), 2u);
}

TEST_F(CryptoFaults, AnswersOf429AndABrokenListDelayOnlyTheList) {
    exchange_options_.exchange.requests_per_second = 5;  // the exchange's own limit
    exchange_options_.exchange.requests_burst = 1;
    StartExchange();
    options_.rest_base_url = RestBase();
    options_.products = {"BTC-USD"};
    StartService();
    EXPECT_TRUE(TicksAgain());
    StopService();
    options_.products = {"BTC-USD", "NOPE-USD"};
    StartService();  // the burst of one is used up: 429 until the bucket has a token again
    EXPECT_TRUE(TicksAgain());
    ASSERT_TRUE(Eventually([&] { return stats().products_unlisted.value() == 1; }));
}

}  // namespace
}  // namespace flux
