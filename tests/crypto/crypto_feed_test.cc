// What the crypto service does while nothing goes wrong.
#include "base/units.h"
#include "contract/top_coins.h"
#include "contract/topics.h"
#include "feed_rig.h"
#include "feeds/crypto/exchange_ticker.h"

#include <gmock/gmock.h>

#include <fstream>
#include <set>

namespace flux {
namespace {

using testing::HasSubstr;

using CryptoFeed = FeedRig;

TEST_F(CryptoFeed, PublishesTheTickersOfEveryProductUnderItsKey) {
    StartBoth();
    for (const std::string& product : options_.products)
        ASSERT_TRUE(Eventually([&] { return PublishedOf(product) >= 3; })) << product;
    const WallMillis now = SystemClock::Instance().WallNow();
    for (const Published& record : published()) {
        EXPECT_EQ(record.key, record.event.data.product_id);
        EXPECT_EQ(record.event.source, "coinbase");
        EXPECT_NEAR(static_cast<double>(record.event.ts), static_cast<double>(now), 60'000);
        EXPECT_TRUE(record.event.data.best_bid_quantity.has_value());
        EXPECT_NE(record.event.data.price_percent_chg_24_h, "0");
    }
    EXPECT_EQ(stats().connects.value(), 2u);  // three products, two per connection
    EXPECT_EQ(stats().frames_malformed.value(), 0u);
    EXPECT_EQ(stats().products_missing.value(), 0);
    EXPECT_GT(stats().heartbeats.value(), 0u);
}

TEST_F(CryptoFeed, PublishesAtMostOnceAnInterval) {
    options_.flush_interval = 300ms;
    options_.products = {"BTC-USD"};
    StartExchange();
    StartService();
    const SteadyTime began = SystemClock::Instance().Now();
    ASSERT_TRUE(Eventually([&] { return PublishedOf("BTC-USD") >= 3; }));
    EXPECT_GE(SystemClock::Instance().Now() - began, 600ms);
    EXPECT_GE(stats().ticks_coalesced.value() + 3, stats().ticks.value() - 3);
}

TEST_F(CryptoFeed, PlaysARecordingToTheBus) {
    const auto file = std::filesystem::temp_directory_path() / ("replay-" + SecureRandomText(9));
    {
        std::ofstream csv(file);
        csv << "timestamp,open,high,low,close,volume\n";
        for (int i = 0; i < 5; ++i)
            csv << 1736208060 + 60 * i << ",102228,102229.5,102227.25,102228,0.5\n";
    }
    exchange_options_.replay_file = file;
    exchange_options_.replay_product = "BTC-USD";
    exchange_options_.exchange.speed = 600;
    StartBoth();
    const auto seen = [&](const std::string& price) {
        return [this, price] {
            for (const Published& record : published())
                if (record.key == "BTC-USD" && record.event.data.price == price) return true;
            return false;
        };
    };
    EXPECT_TRUE(Eventually(seen("102228")));
    EXPECT_TRUE(Eventually(seen("102229.5")));
    EXPECT_TRUE(Eventually(seen("102227.25")));
    EXPECT_TRUE(Eventually([&] { return PublishedOf("ETH-USD") > 0; }));  // the others walk on
    std::filesystem::remove(file);
}

TEST_F(CryptoFeed, LooksForItsProductsInTheList) {
    StartExchange();
    options_.rest_base_url = RestBase();
    options_.products = {"BTC-USD", "NOPE-USD", "GALA-USD"};
    StartService();
    // GALA-USD is listed but not traded, NOPE-USD does not exist: both are named, neither stops
    // the rest.
    ASSERT_TRUE(Eventually([&] { return stats().products_unlisted.value() == 2; }));
    ASSERT_TRUE(TicksAgain());
    ASSERT_TRUE(Eventually([&] { return stats().products_missing.value() == 1; }));
    EXPECT_GE(stats().feed_errors.value(), 1u);
    ASSERT_TRUE(Eventually([&] { return stats().resubscribes.value() >= 2; }));
    EXPECT_EQ(stats().products_missing.value(), 1);
    EXPECT_EQ(stats().catalog_failures.value(), 0u);
}

TEST_F(CryptoFeed, FollowsTheTopCoinsThatAnybodyPublishes) {
    StartExchange();
    options_.products = {"BTC-USD"};
    options_.rest_base_url = RestBase();
    options_.coingecko_url = RestBase() + "/nobody-here";  // the lists come from elsewhere
    options_.frankfurter_url = RestBase() + "/nobody-here";
    StartService();
    ASSERT_TRUE(TicksAgain("BTC-USD"));
    EXPECT_EQ(connections(), 1);
    contract::TopCoinsEvent event;
    for (const char* product : {"BTC-USD", "SOL-USD", "no product"})
        event.coins.emplace_back().symbol = product;
    Publish(contract::kTopCoinsUpdated.name, "[]");
    Publish(contract::kTopCoinsUpdated.name, contract::Encode(event));
    EXPECT_TRUE(TicksAgain("SOL-USD"));
    EXPECT_EQ(connections(), 2);
    Publish(contract::kTopCoinsUpdated.name, contract::Encode(event));  // the same: nothing new

    event.coins[1].symbol = "ETH-USD";
    Publish(contract::kTopCoinsUpdated.name, contract::Encode(event));
    EXPECT_TRUE(TicksAgain("ETH-USD"));
    EXPECT_EQ(stats().connects.value(), 3u);
    EXPECT_EQ(connections(), 2);
    const std::size_t gone = PublishedOf("SOL-USD");
    EXPECT_TRUE(TicksAgain("BTC-USD"));
    EXPECT_TRUE(TicksAgain("ETH-USD"));
    EXPECT_EQ(PublishedOf("SOL-USD"), gone);

    event.coins.resize(1);
    Publish(contract::kTopCoinsUpdated.name, contract::Encode(event));
    ASSERT_TRUE(Eventually([this] { return connections() == 1; }));
    EXPECT_TRUE(TicksAgain("BTC-USD"));
}

TEST_F(CryptoFeed, WaitsForAnExchangeThatIsNotThereYet) {
    StartExchange();  // to know its port
    StopExchange();
    StartService();
    ASSERT_TRUE(Eventually([&] { return stats().reconnects_unreachable.value() >= 2; }));
    StartExchange();
    EXPECT_TRUE(TicksAgain());
}

TEST_F(CryptoFeed, TellsWhatItCountsWithoutAFrame) {
    StartExchange();
    StopExchange();
    StartService();
    const std::string none = metrics_.Scrape();
    EXPECT_THAT(none, HasSubstr("flux_crypto_connections_subscribed 0"));
    EXPECT_THAT(none, testing::Not(HasSubstr("flux_crypto_last_frame_age_seconds ")));
    StartExchange();
    ASSERT_TRUE(TicksAgain());
    const std::string some = metrics_.Scrape();
    EXPECT_THAT(some, HasSubstr("flux_crypto_last_frame_age_seconds "));
    EXPECT_THAT(some, HasSubstr("flux_crypto_ticks_published_total "));
    EXPECT_THAT(some, HasSubstr("flux_simulator_tickers_total "));
}

TEST_F(CryptoFeed, StopsAtOnceWhateverItIsDoing) {
    options_.reconnect_first = 1h;
    options_.reconnect_longest = 1h;
    StartExchange();
    StopExchange();
    StartService();  // every connection now sleeps for about an hour
    ASSERT_TRUE(Eventually([&] { return stats().reconnects_unreachable.value() >= 2; }));
    StopService();

    StartExchange();
    StartService();
    ASSERT_TRUE(TicksAgain());
    StopService();  // while frames come
    ASSERT_TRUE(Eventually([&] { return exchange_->stats().sessions_open.value() == 0; }));
}

TEST_F(CryptoFeed, AConnectionOfUnknownProductsOnlyDisturbsNoOther) {
    options_.products = {"BTC-USD", "ETH-USD", "NOPE-USD"};  // the last one has a connection alone
    StartExchange();
    StartService();
    // The exchange answers it with an error and no acknowledgement.
    ASSERT_TRUE(Eventually([&] { return stats().reconnects_unacknowledged.value() >= 2; }));
    EXPECT_GE(stats().feed_errors.value(), 2u);
    EXPECT_TRUE(TicksAgain("BTC-USD"));
    EXPECT_EQ(connections(), 1);
}

TEST_F(CryptoFeed, RefusesToStartWithOptionsThatCannotWork) {
    options_.ws_url = "http://127.0.0.1/";
    const Result<void> started = TryStartService();
    ASSERT_FALSE(started);
    EXPECT_THAT(started.error().context, HasSubstr("coinbase.ws_url"));
}

}  // namespace
}  // namespace flux
