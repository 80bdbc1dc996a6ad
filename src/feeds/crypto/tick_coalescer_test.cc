#include "feeds/crypto/tick_coalescer.h"

#include "base/units.h"
#include "contract/ticker.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace flux::feeds {
namespace {

/// A bus that answers as it is told: the real one cannot be made to refuse at a chosen moment.
class ScriptedBus final : public bus::EventBus {
public:
    Task<Result<void>> EnsureTopic(bus::TopicName, bus::TopicOptions) override {
        co_return Result<void>();
    }
    Task<Result<bus::Position>> Publish(bus::Outgoing message) override {
        ++attempts;
        if (refusal) co_return *refusal;
        published.push_back(std::move(message));
        co_return bus::Position{};
    }
    Task<Result<std::unique_ptr<bus::Subscription>>> Subscribe(
        bus::SubscribeOptions, bus::BatchHandler
    ) override {
        co_return Error(ErrorCode::kInternal, Retry::kNever, "not used");
    }
    std::string identity() const override { return "scripted"; }
    Task<Result<std::vector<std::pair<bus::Offset, bus::Offset>>>> Watermarks(bus::TopicName
    ) override {
        co_return Error(ErrorCode::kInternal, Retry::kNever, "not used");
    }
    Task<Result<std::vector<bus::Message>>> Read(bus::TopicName, bus::Position, std::size_t)
        override {
        co_return std::vector<bus::Message>();
    }
    Task<Result<bus::Offset>> OffsetAt(bus::TopicName, bus::Partition, WallMillis) override {
        co_return bus::Offset(0);
    }

    std::optional<Error> refusal;
    std::size_t attempts = 0;
    std::vector<bus::Outgoing> published;
};

class TickCoalescerTest : public testing::Test {
protected:
    ~TickCoalescerTest() override {
        boost::asio::co_spawn(shard_.io(), coalescer_.Stop(), boost::asio::detached);
        Turn();
    }

    /// Runs everything that is ready.
    void Turn() {
        shard_.io().restart();
        while (shard_.io().poll() > 0) {
        }
    }

    void Flush() {
        coalescer_.Flush();
        Turn();
    }

    static ExchangeTicker Ticker(const std::string& product, const std::string& price) {
        ExchangeTicker ticker;
        ticker.product_id = product;
        ticker.price = price;
        ticker.low_24h = ticker.high_24h = ticker.volume_24h = "1";
        ticker.best_bid = ticker.best_ask = "1";
        return ticker;
    }

    std::string PriceOf(const bus::Outgoing& record) {
        return contract::DecodeTickerEvent(record.payload.view()).value().data.price;
    }

    ManualClock clock_;
    Shard shard_{ShardId(0), clock_};
    ScriptedBus bus_;
    CryptoStats stats_;
    TickCoalescer coalescer_{shard_, bus_, {"BTC-USD", "ETH-USD"}, 1s, stats_};
};

TEST_F(TickCoalescerTest, PublishesTheNewestPerProductUnderItsKey) {
    coalescer_.Put(Ticker("BTC-USD", "1"));
    coalescer_.Put(Ticker("ETH-USD", "2"));
    coalescer_.Put(Ticker("BTC-USD", "3"));
    EXPECT_TRUE(bus_.published.empty());
    Flush();
    ASSERT_EQ(bus_.published.size(), 2u);
    EXPECT_EQ(bus_.published[0].topic.value(), "crypto.ticker.event.updated");
    EXPECT_EQ(bus_.published[0].key, "BTC-USD");
    EXPECT_EQ(PriceOf(bus_.published[0]), "3");
    EXPECT_EQ(bus_.published[1].key, "ETH-USD");
    EXPECT_EQ(stats_.ticks_coalesced.value(), 1u);
    EXPECT_EQ(stats_.ticks_published.value(), 2u);
    Flush();  // nothing new
    EXPECT_EQ(bus_.published.size(), 2u);
}

TEST_F(TickCoalescerTest, CarriesTheTimeOfReceiptNotOfPublishing) {
    const WallMillis received = clock_.WallNow();
    coalescer_.Put(Ticker("BTC-USD", "1"));
    clock_.Advance(900ms);
    Flush();
    ASSERT_EQ(bus_.published.size(), 1u);
    EXPECT_EQ(contract::DecodeTickerEvent(bus_.published[0].payload.view())->ts, received);
}

TEST_F(TickCoalescerTest, ProductsComeAndGo) {
    const std::vector<std::string> more{"SOL-USD"};
    EXPECT_FALSE(coalescer_.Put(Ticker("SOL-USD", "1")));
    coalescer_.Add(more);
    EXPECT_TRUE(coalescer_.Put(Ticker("SOL-USD", "2")));
    Flush();
    ASSERT_EQ(bus_.published.size(), 1u);
    EXPECT_TRUE(coalescer_.Put(Ticker("SOL-USD", "3")));
    coalescer_.Remove(more);
    EXPECT_EQ(coalescer_.waiting(), 0u);
    EXPECT_FALSE(coalescer_.Put(Ticker("SOL-USD", "4")));
    EXPECT_TRUE(coalescer_.Put(Ticker("BTC-USD", "5")));
    Flush();
    ASSERT_EQ(bus_.published.size(), 2u);
    EXPECT_EQ(bus_.published[1].key, "BTC-USD");
    coalescer_.Add(more);
    EXPECT_TRUE(coalescer_.Put(Ticker("SOL-USD", "6")));
    coalescer_.Flush();  // under way while it goes
    coalescer_.Remove(more);
    Turn();
    EXPECT_FALSE(coalescer_.Put(Ticker("SOL-USD", "7")));
    EXPECT_EQ(bus_.published.size(), 3u);
}

TEST_F(TickCoalescerTest, KeepsTheNewestWhileTheBusRefuses) {
    bus_.refusal = Error(ErrorCode::kFull, Retry::kLater, "full");
    coalescer_.Put(Ticker("BTC-USD", "1"));
    Flush();
    EXPECT_EQ(coalescer_.waiting(), 1u);
    EXPECT_EQ(stats_.publish_failures.value(), 1u);
    coalescer_.Put(Ticker("BTC-USD", "2"));
    Flush();
    EXPECT_EQ(bus_.attempts, 2u);
    bus_.refusal.reset();
    Flush();
    ASSERT_EQ(bus_.published.size(), 1u);
    EXPECT_EQ(PriceOf(bus_.published[0]), "2");
    EXPECT_EQ(coalescer_.waiting(), 0u);
}

TEST_F(TickCoalescerTest, DropsWhatTheBusRefusesForGood) {
    bus_.refusal = Error(ErrorCode::kTooLarge, Retry::kNever, "too large");
    coalescer_.Put(Ticker("BTC-USD", "1"));
    Flush();
    Flush();
    EXPECT_EQ(bus_.attempts, 1u);
    EXPECT_EQ(stats_.ticks_refused.value(), 1u);
    EXPECT_EQ(coalescer_.waiting(), 0u);
}

TEST_F(TickCoalescerTest, TakesNoOtherProductAndForgetsOnDemand) {
    EXPECT_FALSE(coalescer_.Put(Ticker("DOGE-USD", "1")));
    EXPECT_EQ(stats_.ticks_foreign.value(), 1u);
    coalescer_.Put(Ticker("BTC-USD", "1"));
    coalescer_.Put(Ticker("ETH-USD", "1"));
    const std::vector<std::string> lost{"BTC-USD", "DOGE-USD"};
    coalescer_.DropWaiting(lost);
    EXPECT_EQ(stats_.ticks_stale.value(), 1u);
    Flush();
    ASSERT_EQ(bus_.published.size(), 1u);
    EXPECT_EQ(bus_.published[0].key, "ETH-USD");
}

}  // namespace
}  // namespace flux::feeds
