// The simulated CoinGecko over real sockets, checked field by field.
#include "simulator/coingecko/coingecko.h"

#include "json/json_fields.h"
#include "simulator/simulator_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

namespace flux::simulator {
namespace {

using ::testing::HasSubstr;

const std::string kMarkets = "/coingecko/api/v3/coins/markets";
const std::string kDemo = "x-cg-demo-api-key: k\r\n";

class CoinGeckoTest : public SimulatorTest {
protected:
    std::vector<std::string> Rows(const std::string& query) {
        return Items(FetchJson(kMarkets + "?vs_currency=usd&" + query, kDemo));
    }
};

void ExpectRow(std::string_view row, bool hour) {
    std::vector<Field> fields{
        {"id", "s"},
        {"symbol", "s"},
        {"name", "s"},
        {"image", "s"},
        {"current_price", "n0"},
        {"market_cap", "n0"},
        {"market_cap_rank", "i0"},
        {"fully_diluted_valuation", "n0"},
        {"total_volume", "n0"},
        {"high_24h", "n0"},
        {"low_24h", "n0"},
        {"price_change_24h", "n0"},
        {"price_change_percentage_24h", "n0"},
        {"market_cap_change_24h", "n0"},
        {"market_cap_change_percentage_24h", "n0"},
        {"circulating_supply", "n0"},
        {"total_supply", "n0"},
        {"max_supply", "n0"},
        {"ath", "n0"},
        {"ath_change_percentage", "n0"},
        {"ath_date", "s0"},
        {"atl", "n0"},
        {"atl_change_percentage", "n0"},
        {"atl_date", "s0"},
        {"roi", "o0"},
        {"last_updated", "s"}};
    if (hour) {
        fields.push_back({"price_change_percentage_1h_in_currency", "n0"});
        fields.push_back({"price_change_percentage_24h_in_currency", "n0"});
    }
    ExpectFields(row, fields);
}

TEST_F(CoinGeckoTest, ListsAHundredCoinsByCapitalisation) {
    Start();
    const auto rows =
        Rows("order=market_cap_desc&per_page=100&page=1&price_change_percentage=1h,24h");
    ASSERT_EQ(rows.size(), 100u);
    double cap = HUGE_VAL;
    std::set<std::string> ids;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string& row = rows[i];
        ExpectRow(row, true);
        EXPECT_TRUE(ids.insert(TextAt(row, "id")).second);
        EXPECT_LE(NumberAt(row, "market_cap"), cap);
        cap = NumberAt(row, "market_cap");
        EXPECT_EQ(NumberAt(row, "market_cap_rank"), static_cast<double>(i + 1));
        const double price = NumberAt(row, "current_price");
        EXPECT_LE(price, NumberAt(row, "high_24h") * 1.0000001) << row;
        EXPECT_GE(price, NumberAt(row, "low_24h") * 0.9999999) << row;
        EXPECT_GE(NumberAt(row, "ath"), NumberAt(row, "high_24h") * 0.9999999);
        EXPECT_LT(std::abs(NumberAt(row, "price_change_percentage_1h_in_currency")), 20);
        const double before = price - NumberAt(row, "price_change_24h");
        EXPECT_NEAR(NumberAt(row, "price_change_percentage_24h"), (price / before - 1) * 100, 0.01)
            << row;
        EXPECT_EQ(TextAt(row, "last_updated").size(), 24u);
        const std::string symbol = TextAt(row, "symbol");
        EXPECT_EQ(symbol.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), std::string::npos);
    }
    EXPECT_EQ(TextAt(rows[0], "id"), "bitcoin");
    EXPECT_EQ(At(rows[1], "roi").front(), '{');
    EXPECT_EQ(At(rows[1], "max_supply"), "null");
    EXPECT_GE(Rows("per_page=250").size(), 110u);
}

TEST_F(CoinGeckoTest, FollowsTheExchangesMarket) {
    options.coingecko_refresh = Milliseconds(0);
    Start();
    // Both are asked under one lock of the sources' shard: prices move all the time.
    std::map<std::string, double> prices;
    simulator->With([&](SourceSet& sources) {
        CoinMarket coins(1, sources.exchange().market());
        for (const CoinRow& row : coins.RowsAt(1'774'000'000'000, Milliseconds(0)))
            prices[std::string(row.coin->id)] = row.price;
        const Quote* const quote = sources.exchange().market().Find("BTC-USD");
        EXPECT_DOUBLE_EQ(prices["bitcoin"], static_cast<double>(quote->last.price) / 100);
        const Quote* const small = sources.exchange().market().Find("XLM-USD");
        EXPECT_DOUBLE_EQ(prices["stellar"], static_cast<double>(small->last.price) / 1e6);
    });
    const auto before = Rows("ids=bitcoin");
    ASSERT_EQ(before.size(), 1u);
    const double first = NumberAt(before[0], "current_price");
    EXPECT_NEAR(first, prices["bitcoin"], prices["bitcoin"] * 0.01);
    const SteadyTime until = SystemClock::Instance().Now() + 20s;
    Control("limits", R"({"source":"coingecko","rule":"minute","most":0})");
    while (NumberAt(Rows("ids=bitcoin")[0], "current_price") == first)
        ASSERT_LT(SystemClock::Instance().Now(), until) << "the price stands still";
}

TEST_F(CoinGeckoTest, TakesTheVendorsParameters) {
    Start();
    EXPECT_EQ(Rows("ids=solana,ripple").size(), 2u);
    EXPECT_EQ(TextAt(Rows("symbols=BTC")[0], "id"), "bitcoin");
    EXPECT_EQ(TextAt(Rows("names=bitcoin%20cash")[0], "id"), "bitcoin-cash");
    EXPECT_TRUE(Rows("ids=nosuchcoin").empty());
    EXPECT_TRUE(Rows("category=nosuch").empty());
    for (const std::string& row : Rows("category=meme-token"))
        ExpectRow(row, false);
    const auto first = Rows("per_page=3&page=1");
    const auto second = Rows("per_page=3&page=2");
    EXPECT_EQ(NumberAt(second[0], "market_cap_rank"), 4);
    EXPECT_EQ(first.size(), 3u);
    EXPECT_TRUE(Rows("page=100").empty());
    EXPECT_EQ(TextAt(Rows("order=id_asc")[0], "id"), "0x");
    EXPECT_GE(
        NumberAt(Rows("order=volume_desc")[0], "total_volume"),
        NumberAt(Rows("order=volume_desc")[1], "total_volume")
    );
    const auto spark = Rows("ids=bitcoin&sparkline=true");
    EXPECT_EQ(Items(At(spark[0], "sparkline_in_7d.price")).size(), 168u);
    const double dollars = NumberAt(first[0], "current_price");
    const std::string rupees = FetchJson(kMarkets + "?vs_currency=inr&ids=bitcoin", kDemo);
    const std::string rate = FetchJson("/frankfurter/v1/latest?base=USD&symbols=INR");
    EXPECT_NEAR(
        NumberAt(rupees, "0.current_price") / dollars / NumberAt(rate, "rates.INR"), 1, 0.001
    );
    EXPECT_EQ(At(Rows("ids=bitcoin&precision=0")[0], "current_price").find('.'), std::string::npos);
    EXPECT_THAT(At(Rows("ids=shiba-inu")[0], "current_price"), HasSubstr("e-0"));
}

TEST_F(CoinGeckoTest, RefusesAsTheVendorDoes) {
    Start();
    const WireAnswer refused =
        Fetch(kMarkets + "?vs_currency=usd", "x-cg-demo-api-key: refused-key\r\n");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(At(refused.body, "error.status.error_code"), "10002");
    const WireAnswer pro = Fetch(kMarkets + "?vs_currency=usd", "x-cg-pro-api-key: k\r\n");
    EXPECT_EQ(pro.status, 400);
    EXPECT_EQ(At(pro.body, "status.error_code"), "10010");
    EXPECT_EQ(Fetch(kMarkets, kDemo).status, 422);
    EXPECT_EQ(Fetch(kMarkets + "?vs_currency=xyz", kDemo).status, 422);
    EXPECT_EQ(Fetch(kMarkets + "?vs_currency=usd&per_page=251", kDemo).status, 422);
    EXPECT_EQ(Fetch(kMarkets + "?vs_currency=usd&page=-1", kDemo).status, 422);
    EXPECT_EQ(Fetch("/coingecko/api/v3/other", kDemo).status, 404);
    EXPECT_THAT(FetchJson("/coingecko/api/v3/ping", kDemo), HasSubstr("Moon"));
}

TEST_F(CoinGeckoTest, AllowsTenCallsAMinuteWithoutAKey) {
    Start();
    const std::string path = kMarkets + "?vs_currency=usd&per_page=1";
    for (int i = 0; i < 10; ++i)
        ASSERT_EQ(Fetch(path).status, 200) << i;
    const WireAnswer refused = Fetch(path);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(At(refused.body, "status.error_code"), "429");
    EXPECT_THAT(refused.body, HasSubstr("exceeded the Rate Limit"));
    const int wait = std::stoi(refused.Header("Retry-After"));
    EXPECT_GT(wait, 40);
    EXPECT_LE(wait, 60);
    EXPECT_EQ(Fetch(path + "&x_cg_demo_api_key=k").status, 200);
}

}  // namespace
}  // namespace flux::simulator
