#include "feeds/crypto/product_catalog.h"

#include "feeds/upstream/upstream_rig.h"

#include <gmock/gmock.h>

#include <set>
#include <string>

namespace flux::feeds {
namespace {

using ::testing::SizeIs;

TEST(ProductCatalogTest, TakesWhatCanBeTraded) {
    const auto traded = DecodeTradedProducts(
        R"([{"id":"BTC-USD","status":"online","trading_disabled":false,)"
        R"("base_currency":"BTC","quote_currency":"USD"},)"
        R"({"id":"ETH-EUR","status":"online","trading_disabled":false,)"
        R"("base_currency":"ETH","quote_currency":"EUR"},)"
        R"({"id":"OLD-USD","status":"delisted","trading_disabled":false},)"
        R"({"id":"OFF-USD","status":"online","trading_disabled":true},)"
        R"({"id":5,"status":"online"},null,{"id":"ETH-USD","status":"online","x":1e400}])",
        1000
    );
    ASSERT_TRUE(traded) << traded.error().context;
    EXPECT_EQ(traded->ids, (std::set<std::string, std::less<>>{"BTC-USD", "ETH-EUR", "ETH-USD"}));
    EXPECT_EQ(traded->usd_by_base, (ProductsByBase{{"BTC", "BTC-USD"}}));
    EXPECT_FALSE(DecodeTradedProducts(R"({"message":"no"})", 1000));
    EXPECT_FALSE(DecodeTradedProducts("<html>", 1000));
    EXPECT_FALSE(DecodeTradedProducts("[" + std::string(2000, ' ') + "]", 1000));
}

class ProductCatalogOfASource : public testing::UpstreamRig {
public:
    ProductCatalog& catalog() {
        if (!catalog_) {
            catalog_ = std::make_unique<ProductCatalog>(
                options_, BaseUrl(), nullptr, clock, random_, stats_, upstream_stats_
            );
        }
        return *catalog_;
    }

    Task<bool> Has(Milliseconds age_max) {
        const ProductCatalog::Answer answer = co_await catalog().Traded(age_max);
        const auto* const traded = std::get_if<std::shared_ptr<const TradedProducts>>(&answer);
        co_return traded != nullptr && (*traded)->ids.contains("BTC-USD");
    }

private:
    CryptoOptions options_;
    Random random_{1};
    CryptoStats stats_;
    UpstreamStats upstream_stats_;
    std::unique_ptr<ProductCatalog> catalog_;
};

TEST_F(ProductCatalogOfASource, IsAskedOnceForAListOfAnyAgeAndAgainForAYoungOne) {
    AnswerInTurn({testing::HttpAnswer(200, R"([{"id":"BTC-USD","status":"online"}])")});
    auto test = [&]() -> Task<> {
        EXPECT_TRUE(co_await Has(Milliseconds::max()));
        clock.Advance(Milliseconds(60'000));
        EXPECT_TRUE(co_await Has(Milliseconds::max()));
        EXPECT_THAT(peer.heard(), SizeIs(1));
        EXPECT_TRUE(co_await Has(Milliseconds(60'000)));
        EXPECT_THAT(peer.heard(), SizeIs(2));
    };
    Run(test());
}

}  // namespace
}  // namespace flux::feeds
