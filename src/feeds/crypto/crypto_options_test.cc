#include "feeds/crypto/crypto_options.h"

#include "feeds/crypto/product_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::feeds {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const CryptoOptions& options) {
    const auto fit = Check(options);
    return fit ? "" : fit.error().context;
}

TEST(CryptoOptions, DefaultsAreTwelveProductsThatFit) {
    const CryptoOptions options;
    EXPECT_EQ(ErrorOf(options), "");
    EXPECT_EQ(options.products.size(), 12u);
}

TEST(CryptoOptions, NameTheSettingThatIsWrong) {
    CryptoOptions options;
    options.ws_url = "https://example.org";
    EXPECT_THAT(ErrorOf(options), HasSubstr("coinbase.ws_url"));
    options = {};
    options.rest_base_url = "wss://example.org";
    EXPECT_THAT(ErrorOf(options), HasSubstr("coinbase.rest_base_url"));
    options = {};
    options.products = {};
    EXPECT_THAT(ErrorOf(options), HasSubstr("crypto.products"));
    options.products = {"bitcoin"};
    EXPECT_THAT(ErrorOf(options), HasSubstr("\"bitcoin\""));
    options.products = {"BTC-USD", "BTC-USD"};
    EXPECT_THAT(ErrorOf(options), HasSubstr("twice"));
    options = {};
    options.products_per_connection = 0;
    EXPECT_THAT(ErrorOf(options), HasSubstr("products_per_connection"));
    options = {};
    options.silence_max = Milliseconds(0);
    EXPECT_NE(ErrorOf(options), "");
}

TEST(ProductCatalog, TakesWhatCanBeTraded) {
    const auto traded = DecodeTradedProducts(
        R"([{"id":"BTC-USD","status":"online","trading_disabled":false},)"
        R"({"id":"OLD-USD","status":"delisted","trading_disabled":false},)"
        R"({"id":"OFF-USD","status":"online","trading_disabled":true},)"
        R"({"id":5,"status":"online"},null,{"id":"ETH-USD","status":"online","x":1e400}])",
        1000
    );
    ASSERT_TRUE(traded) << traded.error().context;
    EXPECT_EQ(*traded, (std::set<std::string, std::less<>>{"BTC-USD", "ETH-USD"}));
    EXPECT_FALSE(DecodeTradedProducts(R"({"message":"no"})", 1000));
    EXPECT_FALSE(DecodeTradedProducts("<html>", 1000));
    EXPECT_FALSE(DecodeTradedProducts("[" + std::string(2000, ' ') + "]", 1000));
}

}  // namespace
}  // namespace flux::feeds
