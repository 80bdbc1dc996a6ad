#include "feeds/crypto/crypto_health.h"

#include <gtest/gtest.h>

namespace flux::feeds {
namespace {

using contract::Failure;
using contract::ServiceState;

UpstreamError Away() {
    UpstreamError error;
    error.failure = Failure::kLimit;
    error.message = "CoinGecko takes no more requests for now.";
    error.retry_at = 5;
    return error;
}

TEST(CryptoStatus, IsLiveWhileAllIsWell) {
    const contract::ServiceStatus status = StatusOf(CryptoParts{});
    EXPECT_EQ(status.state, ServiceState::kLive);
    EXPECT_EQ(status.error, std::nullopt);
    EXPECT_EQ(status.message, std::nullopt);
}

TEST(CryptoStatus, SaysWhatStandsStillAndWhatGoesOn) {
    CryptoParts parts;
    parts.movers = Away();
    contract::ServiceStatus status = StatusOf(parts);
    EXPECT_EQ(status.state, ServiceState::kDegraded);
    EXPECT_EQ(status.error, Failure::kLimit);
    EXPECT_EQ(status.retry_at, 5);
    EXPECT_EQ(
        status.message,
        "Movers stay as they were: CoinGecko takes no more requests for now. Live prices go on."
    );
    parts.top_coins = Away();
    EXPECT_EQ(
        StatusOf(parts).message,
        "Movers and top coins stay as they were: CoinGecko takes no more requests for now. Live "
        "prices go on."
    );
    parts.movers.reset();
    EXPECT_EQ(
        StatusOf(parts).message,
        "Top coins stay as they were: CoinGecko takes no more requests for now. Live prices go on."
    );
}

TEST(CryptoStatus, PricesMayStandStillAlone) {
    CryptoParts parts;
    parts.tickers_flow = false;
    contract::ServiceStatus status = StatusOf(parts);
    EXPECT_EQ(status.state, ServiceState::kDegraded);
    EXPECT_EQ(status.error, Failure::kSourceDown);
    EXPECT_EQ(status.message, "Live prices stand still: Coinbase's feed cannot be reached.");
    parts.top_coins = Away();
    EXPECT_EQ(StatusOf(parts).state, ServiceState::kDegraded);
    parts.movers = Away();
    status = StatusOf(parts);
    EXPECT_EQ(status.state, ServiceState::kDown);
    EXPECT_EQ(status.error, Failure::kSourceDown);
    EXPECT_EQ(
        status.message,
        "Live prices stand still: Coinbase's feed cannot be reached. Movers and top coins stay as "
        "they were: CoinGecko takes no more requests for now."
    );
}

}  // namespace
}  // namespace flux::feeds
