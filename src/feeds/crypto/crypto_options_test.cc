#include "feeds/crypto/crypto_options.h"

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
    options = {};
    options.coingecko_url = "coingecko.com";
    EXPECT_THAT(ErrorOf(options), HasSubstr("coingecko.base_url"));
    options = {};
    options.frankfurter_url = "ws://example.org";
    EXPECT_THAT(ErrorOf(options), HasSubstr("frankfurter.base_url must begin with http"));
    options = {};
    options.rest_base_url = "";
    EXPECT_THAT(ErrorOf(options), HasSubstr("set both or neither"));
    options.coingecko_url = "";
    EXPECT_EQ(ErrorOf(options), "");
    options = {};
    options.coingecko_key = "a key with blanks";
    EXPECT_THAT(ErrorOf(options), HasSubstr("coingecko.api_key"));
    EXPECT_THAT(ErrorOf(options), testing::Not(HasSubstr("a key")));
    options = {};
    options.movers_max = 0;
    EXPECT_THAT(ErrorOf(options), HasSubstr("1 to 100"));
    options = {};
    options.markets_max_age = Milliseconds(0);
    EXPECT_NE(ErrorOf(options), "");
}

}  // namespace
}  // namespace flux::feeds
