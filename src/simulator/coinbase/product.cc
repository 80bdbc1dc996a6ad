#include "simulator/coinbase/product.h"

#include "simulator/coinbase/decimal.h"

#include <fmt/format.h>

namespace flux::simulator {

std::vector<Product> DefaultProducts() {
    return {
        {"BTC-USD", 2, 7'051'234, 8'123, 5.0},      {"ETH-USD", 2, 351'620, 96'500, 4.0},
        {"SOL-USD", 2, 14'237, 1'450'000, 3.0},     {"XRP-USD", 4, 5'871, 92'000'000, 2.0},
        {"DOGE-USD", 5, 9'410, 410'000'000, 2.0},   {"ADA-USD", 4, 4'562, 38'000'000, 1.5},
        {"AVAX-USD", 2, 3'641, 720'000, 1.0},       {"LINK-USD", 3, 17'884, 1'300'000, 1.0},
        {"LTC-USD", 2, 8'463, 310'000, 1.0},        {"DOT-USD", 3, 7'213, 1'900'000, 0.8},
        {"BCH-USD", 2, 47'105, 24'000, 0.8},        {"UNI-USD", 3, 9'874, 850'000, 0.8},
        {"ATOM-USD", 3, 8'446, 640'000, 0.5},       {"XLM-USD", 6, 112'430, 71'000'000, 0.5},
        {"AAVE-USD", 2, 10'981, 52'000, 0.5},       {"ETH-BTC", 5, 4'987, 6'400, 0.5},
        {"BTC-EUR", 2, 6'498'011, 940, 1.0},        {"LUNA-USD", 4, 6'120, 0, 0.0, false},
        {"GALA-USD", 5, 3'120, 0, 0.0, true, true},
    };
}

std::string EncodeProduct(const Product& product) {
    return fmt::format(
        R"({{"id":"{0}","base_currency":"{1}","quote_currency":"{2}","quote_increment":"{3}",)"
        R"("base_increment":"0.00000001","display_name":"{0}","min_market_funds":"1",)"
        R"("margin_enabled":false,"post_only":false,"limit_only":false,"cancel_only":false,)"
        R"("status":"{4}","status_message":"","trading_disabled":{5},"fx_stablecoin":false,)"
        R"("max_slippage_percentage":"0.02000000","auction_mode":false,)"
        R"("high_bid_limit_percentage":""}})",
        product.id,
        product.base(),
        product.quote(),
        FormatFixed(1, product.price_decimals),
        product.online ? "online" : "delisted",
        product.trading_disabled
    );
}

}  // namespace flux::simulator
