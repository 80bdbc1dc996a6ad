// Movers and top coins from the simulated CoinGecko, Coinbase and Frankfurter, with every fault
// they have: what is published, what everybody is told, and that prices go on.
#include "base/units.h"
#include "contract/movers.h"
#include "contract/service_status.h"
#include "contract/top_coins.h"
#include "contract/topics.h"
#include "every_fault.h"
#include "feed_rig.h"

#include <gmock/gmock.h>

#include <cctype>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace flux {
namespace {

using contract::Failure;
using contract::ServiceState;
using simulator::FaultKind;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kMovers = contract::kMoversUpdated.name;
constexpr std::string_view kTopCoins = contract::kTopCoinsUpdated.name;
constexpr std::string_view kStatus = contract::kServiceStatus.name;

class CryptoMarkets : public FeedRig {
protected:
    CryptoMarkets() {
        options_.products = {"BTC-USD", "ETH-USD"};
        options_.market_time_max = 15s;  // no matter how busy the machine is
        options_.silence_max = 15s;
        options_.simulated = true;
    }

    void StartAll() {
        StartExchange();
        options_.rest_base_url = RestBase();
        options_.coingecko_url = RestBase() + "/coingecko/api/v3";
        options_.frankfurter_url = RestBase() + "/frankfurter/v1";
    }

    void StartWatched() {
        StartService();
        Watch(kMovers);
        Watch(kTopCoins);
        Watch(kStatus);
    }

    void Break(std::string source, FaultKind kind, std::string match = "") {
        simulator::Fault fault;
        fault.source = std::move(source);
        fault.kind = kind;
        fault.lasting = true;
        fault.match = std::move(match);
        Inject(fault);
    }

    std::optional<contract::ServiceStatus> Status() {
        const auto records = Records(kStatus);
        if (records.empty()) return std::nullopt;
        return contract::DecodeServiceStatus(records.back()).value();
    }

    bool Says(const std::string& words) {
        return Eventually([&] {
            const auto status = Status();
            return status && status->message && status->message->find(words) != std::string::npos;
        });
    }
};

TEST_F(CryptoMarkets, AreAliveAtOnce) {
    StartAll();
    StartWatched();
    ASSERT_TRUE(Eventually([&] { return !Records(kMovers).empty() && !Records(kTopCoins).empty(); })
    );
    EXPECT_TRUE(TicksAgain());
    const auto movers = contract::DecodeMoversEvent(Records(kMovers)[0]).value();
    EXPECT_EQ(movers.gainers.size(), 10u);
    EXPECT_EQ(movers.losers.size(), 10u);
    EXPECT_GE(movers.gainers[0].change_1h, movers.gainers[9].change_1h - 0.1);
    EXPECT_LE(movers.losers[0].change_1h, movers.losers[9].change_1h + 0.1);
    const auto coins = contract::DecodeTopCoinsEvent(Records(kTopCoins)[0]).value().coins;
    EXPECT_EQ(coins.size(), 10u);
    for (const contract::TopCoin& coin : coins) {
        EXPECT_THAT(coin.symbol, testing::EndsWith("-USD"));
        EXPECT_GT(coin.price_inr, 0);
    }
    // What is listed ticks, also what the settings do not name.
    for (const contract::TopCoin& coin : coins)
        EXPECT_TRUE(Eventually([&] { return PublishedOf(coin.symbol) > 0; })) << coin.symbol;
    EXPECT_EQ(Status()->state, ServiceState::kLive);
    EXPECT_TRUE(Status()->simulated);
    EXPECT_EQ(market_stats().coingecko.calls.value(), 1u);
}

/// A fault of CoinGecko, and what becomes of it; no failure: everything goes on.
struct Case {
    FaultKind kind;
    std::optional<Failure> failure;
    bool movers = false;     ///< they can be made all the same
    bool top_coins = false;  ///< the same
};

void PrintTo(const Case& tested, std::ostream* out) {
    *out << simulator::ToString(tested.kind);
}

std::string NameOfCase(const testing::TestParamInfo<Case>& tested) {
    std::string name;
    bool upper = true;
    for (const char c : simulator::ToString(tested.param.kind)) {
        if (c != '_') name += upper ? static_cast<char>(std::toupper(c)) : c;
        upper = c == '_';
    }
    return name;
}

const std::vector<Case> kCases{
    {FaultKind::kDown, Failure::kSourceDown},
    {FaultKind::kDropConnection, Failure::kSourceDown},
    {FaultKind::kHttpStall, Failure::kSourceDown},
    {FaultKind::kSlowHeader, Failure::kSourceDown},
    {FaultKind::kSlowBody, Failure::kSourceDown},
    {FaultKind::kHttp429, Failure::kLimit},
    {FaultKind::kHttp500, Failure::kSourceDown},
    {FaultKind::kHttp503, Failure::kSourceDown},
    {FaultKind::kHttp401, Failure::kKeyRefused},
    {FaultKind::kHttp403, Failure::kLimit},
    {FaultKind::kHttp302, Failure::kBadData},
    {FaultKind::kHttpHtml, Failure::kBadData},
    {FaultKind::kPlainError, Failure::kSourceDown},
    {FaultKind::kThrottleObject, Failure::kLimit},
    {FaultKind::kEmptyBody, Failure::kBadData},
    {FaultKind::kTruncatedJson, Failure::kBadData},
    {FaultKind::kCutBody, Failure::kSourceDown},
    {FaultKind::kWrongLength, Failure::kSourceDown},
    {FaultKind::kGzip, Failure::kBadData},
    {FaultKind::kInfiniteNumbers, Failure::kBadData},
    {FaultKind::kWrongTypes, Failure::kBadData},
    {FaultKind::kNulls, Failure::kBadData},
    {FaultKind::kHugeTexts, Failure::kBadData},
    // Without changes within the hour nobody has moved; symbols that are HTML are traded
    // nowhere.
    {FaultKind::kMissingFields, Failure::kBadData, false, true},
    {FaultKind::kHtmlTexts, Failure::kBadData, true, false},
    {FaultKind::kExponents, std::nullopt},
    {FaultKind::kBrokenRows, std::nullopt}};

TEST(CoinGeckoFaultTable, HasAllOfTheSource) {
    std::set<FaultKind> tested;
    for (const Case& fault : kCases)
        tested.insert(fault.kind);
    simulator::ExpectEveryFault("coingecko", tested);
}

class CoinGeckoFaults : public CryptoMarkets, public testing::WithParamInterface<Case> {};

TEST_P(CoinGeckoFaults, CostMoversAtMost) {
    StartAll();
    const FaultKind kind = GetParam().kind;
    const bool late = kind == FaultKind::kHttpStall || kind == FaultKind::kSlowHeader ||
                      kind == FaultKind::kSlowBody;
    if (late) options_.market_time_max = 300ms;
    Break("coingecko", kind);
    StartWatched();
    if (!GetParam().failure) {
        ASSERT_TRUE(Eventually([&] { return !Records(kMovers).empty(); }));
        EXPECT_TRUE(contract::DecodeMoversEvent(Records(kMovers)[0]));
        ASSERT_TRUE(Eventually([&] { return !Records(kTopCoins).empty(); }));
        EXPECT_TRUE(TicksAgain());
        EXPECT_EQ(Status()->state, ServiceState::kLive);
        return;
    }
    const bool movers = GetParam().movers;
    const bool top_coins = GetParam().top_coins;
    ASSERT_TRUE(Says(
        movers      ? "Top coins stay as they were"
        : top_coins ? "Movers stay as they were"
                    : "Movers and top coins stay"
    ));
    EXPECT_TRUE(TicksAgain());
    EXPECT_EQ(Status()->state, ServiceState::kDegraded);
    EXPECT_EQ(Status()->error, GetParam().failure);
    EXPECT_THAT(*Status()->message, HasSubstr("Live prices go on."));
    EXPECT_TRUE(Eventually([&] {
        return !Records(kMovers).empty() == movers && !Records(kTopCoins).empty() == top_coins;
    }));
}

INSTANTIATE_TEST_SUITE_P(All, CoinGeckoFaults, testing::ValuesIn(kCases), NameOfCase);

TEST_F(CryptoMarkets, WithoutFrankfurterThereAreNoTopCoins) {
    StartAll();
    Break("frankfurter", FaultKind::kDown);
    StartWatched();
    ASSERT_TRUE(Says("Top coins stay as they were: Frankfurter cannot be reached right now."));
    ASSERT_TRUE(Eventually([&] { return !Records(kMovers).empty(); }));
    EXPECT_TRUE(TicksAgain());
    EXPECT_EQ(Status()->state, ServiceState::kDegraded);
    EXPECT_TRUE(Records(kTopCoins).empty());
}

TEST_F(CryptoMarkets, WithoutTheListOfProductsThereAreNoTopCoins) {
    StartAll();
    Break("coinbase", FaultKind::kHttp500, "/products");
    StartWatched();
    ASSERT_TRUE(Says("Top coins stay as they were: Coinbase is not available right now."));
    ASSERT_TRUE(Eventually([&] { return !Records(kMovers).empty(); }));
    EXPECT_TRUE(TicksAgain());
    EXPECT_TRUE(Records(kTopCoins).empty());
}

TEST_F(CryptoMarkets, WithoutTheFeedMoversGoOn) {
    StartAll();
    Break("coinbase", FaultKind::kDown);
    options_.silence_max = 200ms;
    StartWatched();
    ASSERT_TRUE(Says("Live prices stand still: Coinbase's feed cannot be reached."));
    ASSERT_TRUE(Eventually([&] { return !Records(kMovers).empty(); }));
    EXPECT_EQ(Status()->state, ServiceState::kDegraded);
    EXPECT_EQ(Status()->error, Failure::kSourceDown);
    EXPECT_TRUE(published().empty());
}

TEST_F(CryptoMarkets, WithoutAnySourceTheDomainIsDown) {
    StartAll();
    Break("all", FaultKind::kDown);
    options_.silence_max = 200ms;
    StartWatched();
    ASSERT_TRUE(Eventually([&] { return Status() && Status()->state == ServiceState::kDown; }));
    EXPECT_THAT(
        *Status()->message,
        StartsWith("Live prices stand still: Coinbase's feed cannot be reached. Movers")
    );
}

}  // namespace
}  // namespace flux
