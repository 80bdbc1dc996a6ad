#include "feeds/stock/quote.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace flux::feeds {
namespace {

using contract::StockPerformance;

QuoteFlaw FlawOf(std::string_view body) {
    const auto read = ReadQuote("AAPL", body);
    EXPECT_TRUE(std::holds_alternative<QuoteFlaw>(read)) << body;
    const auto* const flaw = std::get_if<QuoteFlaw>(&read);
    return flaw != nullptr ? *flaw : QuoteFlaw::kMalformed;
}

TEST(Quote, IsMappedWithTwoDecimals) {
    const auto read = ReadQuote(
        "AAPL",
        R"({"c":181.204,"d":4.75,"dp":2.6920,"h":182.1,"l":177.3,"o":177.9,"pc":176.45,"t":1774015202})"
    );
    const auto& row = std::get<StockPerformance>(read);
    EXPECT_EQ(row.symbol, "AAPL");
    EXPECT_EQ(row.current_price, 181.2);
    EXPECT_EQ(row.previous_close, 176.45);
    EXPECT_EQ(row.change, 4.75);
    EXPECT_EQ(row.change_percent, 2.69);
    EXPECT_EQ(row.high, 182.1);
    EXPECT_EQ(row.low, 177.3);
    EXPECT_EQ(row.open, 177.9);
}

TEST(Quote, NeedsNeitherTheVendorsChangeNorItsTime) {
    const auto read = ReadQuote("A", R"({"c":10,"d":null,"dp":null,"h":11,"l":9,"o":10,"pc":10})");
    EXPECT_EQ(std::get<StockPerformance>(read).change_percent, 0);
    EXPECT_FALSE(std::signbit(std::get<StockPerformance>(read).change));
}

TEST(Quote, AllZerosMeanThatNobodyKnowsTheSymbol) {
    EXPECT_EQ(
        FlawOf(R"({"c":0,"d":null,"dp":null,"h":0,"l":0,"o":0,"pc":0,"t":0})"),
        QuoteFlaw::kUnknownSymbol
    );
}

TEST(Quote, WithoutAPreviousCloseThereIsNoChange) {
    EXPECT_EQ(FlawOf(R"({"c":5,"h":5,"l":5,"o":5,"pc":0})"), QuoteFlaw::kNoPreviousClose);
    EXPECT_EQ(FlawOf(R"({"c":5,"h":5,"l":5,"o":5,"pc":null})"), QuoteFlaw::kNoPreviousClose);
    EXPECT_EQ(FlawOf(R"({"c":5,"h":5,"l":5,"o":5})"), QuoteFlaw::kNoPreviousClose);
}

TEST(Quote, OneNumberThatIsNoneCostsTheRow) {
    for (const char* name : {"c", "h", "l", "o"}) {
        for (const char* value : {"null", "\"5\"", "1e400", "[]", "{}", "true"}) {
            std::string body = "{";
            for (const char* other : {"c", "h", "l", "o", "pc"}) {
                if (body.size() > 1) body += ',';
                body += '"';
                body += other;
                body += "\":";
                body += std::string_view(other) == name ? value : "5";
            }
            EXPECT_EQ(FlawOf(body + "}"), QuoteFlaw::kMalformed) << body;
        }
    }
}

TEST(Quote, GarbageIsNoQuote) {
    for (const char* body :
         {"",
          "null",
          "[]",
          "5",
          "<html>no</html>",
          R"({"c":5)",
          R"({"c":5e12,"h":1,"l":1,"o":1,"pc":1})",
          R"({"c":5,"h":1,"l":1,"o":1,"pc":1e-300})"}) {
        EXPECT_EQ(FlawOf(body), QuoteFlaw::kMalformed) << body;
    }
}

}  // namespace
}  // namespace flux::feeds
