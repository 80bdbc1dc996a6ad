#include "feeds/crypto/market_row.h"

#include "feeds/crypto/exchange_rate.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <string>
#include <string_view>

namespace flux::feeds {
namespace {

constexpr std::size_t kBytesMax = 1 << 20;

// As UPSTREAM answers it, to the field.
constexpr std::string_view kSolana =
    R"({"id":"solana","symbol":"SOL","name":"Solana","image":"https://coin-images.example/sol.png",)"
    R"("current_price":142.37,"market_cap":73150422110,"market_cap_rank":6,)"
    R"("fully_diluted_valuation":84210000123,"total_volume":3120994512,"high_24h":146.02,)"
    R"("low_24h":139.55,"price_change_24h":-1.26,"price_change_percentage_24h":-0.88,)"
    R"("market_cap_change_24h":-651200345,"market_cap_change_percentage_24h":-0.88,)"
    R"("circulating_supply":513800211.4,"total_supply":591480090.2,"max_supply":null,)"
    R"("ath":293.31,"ath_change_percentage":-51.4,"ath_date":"2025-01-19T11:15:27.957Z",)"
    R"("atl":0.5008,"atl_change_percentage":28330.1,"atl_date":"2020-05-11T19:35:23.449Z",)"
    R"("roi":null,"last_updated":"2026-03-20T09:14:41.310Z",)"
    R"("price_change_percentage_1h_in_currency":2.41,"price_change_percentage_24h_in_currency":-0.88})";

// Everything null that the vendor may leave null, but for the price.
constexpr std::string_view kNulls =
    R"({"id":"odd","symbol":"odd","name":"Odd","image":"missing_large.png","current_price":1.2e-05,)"
    R"("market_cap":null,"market_cap_rank":null,"fully_diluted_valuation":null,)"
    R"("total_volume":null,"high_24h":null,"low_24h":null,"price_change_percentage_24h":null,)"
    R"("last_updated":"2026-03-20T09:14:41.310Z","price_change_percentage_1h_in_currency":null})";

MarketList Read(const std::string& body) {
    const auto list = DecodeMarkets(body, kBytesMax);
    EXPECT_TRUE(list) << list.error().context;
    return list ? *list : MarketList();
}

std::string With(std::string_view row, std::string_view what, std::string_view by) {
    std::string changed(row);
    const std::size_t at = changed.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return changed.replace(at, what.size(), by);
}

TEST(MarketRow, IsReadToTheField) {
    const MarketList list = Read(fmt::format("[{}]", kSolana));
    ASSERT_EQ(list.rows.size(), 1u);
    const MarketRow& row = list.rows[0];
    EXPECT_EQ(row.id, "solana");
    EXPECT_EQ(row.symbol, "sol");
    EXPECT_EQ(row.image, "https://coin-images.example/sol.png");
    EXPECT_EQ(row.current_price, 142.37);
    EXPECT_EQ(row.market_cap, 73150422110);
    EXPECT_EQ(row.market_cap_rank, 6);
    EXPECT_EQ(row.change_1h, 2.41);
    EXPECT_EQ(row.change_24h, -0.88);
    EXPECT_EQ(row.last_updated, "2026-03-20T09:14:41.310Z");
}

TEST(MarketRow, NullsAreNoNumbers) {
    const MarketList list = Read(fmt::format("[{}]", kNulls));
    ASSERT_EQ(list.rows.size(), 1u);
    EXPECT_EQ(list.rows[0].current_price, 1.2e-05);
    EXPECT_EQ(list.rows[0].market_cap, std::nullopt);
    EXPECT_EQ(list.rows[0].total_volume, std::nullopt);
    EXPECT_EQ(list.rows[0].change_1h, std::nullopt);
    EXPECT_EQ(list.rows[0].image, "");
}

TEST(MarketRow, ABadRowIsLostAlone) {
    const std::string good = std::string(kSolana);
    for (const std::string& bad :
         {std::string("null"),
          std::string("[]"),
          std::string("7"),
          std::string("{}"),
          With(kSolana, "142.37", "null"),
          With(kSolana, "142.37", "-1"),
          With(kSolana, "142.37", "1e400"),
          With(kSolana, "142.37", "\"142.37\""),
          With(kSolana, "3120994512", "\"much\""),
          With(kSolana, "3120994512", "-1e999"),
          With(kSolana, "\"solana\"", "null"),
          With(kSolana, "\"SOL\"", "7"),
          With(kSolana, "\"SOL\"", "\"\""),
          With(kSolana, "\"Solana\"", "{\"toString\":1}"),
          With(kSolana, "\"Solana\"", "\"" + std::string(5000, 'x') + "\""),
          With(kSolana, "2026-03-20T09:14:41.310Z", "yesterday")}) {
        const MarketList list = Read(fmt::format("[{},{}]", bad, good));
        EXPECT_EQ(list.rows.size(), 1u) << bad.substr(0, 80);
        EXPECT_EQ(list.rows_skipped, 1u) << bad.substr(0, 80);
    }
}

TEST(MarketRow, LargestFirstUnknownLast) {
    const std::string small = With(kSolana, "73150422110", "5");
    const MarketList list = Read(fmt::format("[{},{},{}]", kNulls, small, kSolana));
    ASSERT_EQ(list.rows.size(), 3u);
    EXPECT_EQ(list.rows[0].market_cap, 73150422110);
    EXPECT_EQ(list.rows[1].market_cap, 5);
    EXPECT_EQ(list.rows[2].id, "odd");
}

TEST(MarketList, IsAnArray) {
    EXPECT_FALSE(DecodeMarkets("", kBytesMax));
    EXPECT_FALSE(DecodeMarkets("<html>", kBytesMax));
    EXPECT_FALSE(DecodeMarkets("{}", kBytesMax));
    EXPECT_FALSE(DecodeMarkets(fmt::format("[{}", kSolana), kBytesMax));
    EXPECT_FALSE(DecodeMarkets(fmt::format("[{}]", kSolana), 100));
    EXPECT_TRUE(Read("[]").rows.empty());
}

TEST(ThrottleCode, IsFoundInEachShape) {
    EXPECT_EQ(
        ThrottleCode(R"({"status":{"error_code":429,"error_message":"slow down"}})", 1000), 429
    );
    EXPECT_EQ(ThrottleCode(R"({"error":{"status":{"error_code":10010}}})", 1000), 10010);
    for (const char* body :
         {R"({"error":"no"})",
          "[]",
          "",
          "<html>",
          R"({"status":{"error_code":"429"}})",
          R"({"status":{"error_code":1e3}})",
          R"({"status":{"error_code":99999999999999}})",
          R"({"status":null})"}) {
        EXPECT_EQ(ThrottleCode(body, 1000), std::nullopt) << body;
    }
}

TEST(InrRate, IsReadToTheField) {
    EXPECT_EQ(
        DecodeInrRate(R"({"amount":1.0,"base":"USD","date":"2026-03-19","rates":{"INR":88.15}})")
            .value(),
        88.15
    );
    for (const char* body :
         {"",
          "<html>",
          "[]",
          "{}",
          R"({"base":"EUR","rates":{"INR":88.15}})",
          R"({"base":"USD","rates":null})",
          R"({"base":"USD","rates":{}})",
          R"({"base":"USD","rates":{"INR":"88"}})",
          R"({"base":"USD","rates":{"INR":0}})",
          R"({"base":"USD","rates":{"INR":-88}})",
          R"({"base":"USD","rates":{"INR":1e999}})"}) {
        EXPECT_FALSE(DecodeInrRate(body)) << body;
    }
}

}  // namespace
}  // namespace flux::feeds
