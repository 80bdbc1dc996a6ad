// What the simulated exchange trades.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flux::simulator {

/// One product as GET /products lists it, and how lively it is.
struct Product {
    std::string id;                  ///< "BTC-USD"
    int price_decimals = 2;          ///< the price moves in steps of 10^-price_decimals
    std::int64_t price = 0;          ///< to begin with, in those steps
    double volume_per_day = 0;       ///< base units
    double trades_per_second = 1.0;  ///< on average
    bool online = true;              ///< "online" or "delisted"
    bool trading_disabled = false;

    bool traded() const { return online && !trading_disabled; }
    std::string base() const { return id.substr(0, id.find('-')); }
    std::string quote() const { return id.substr(id.find('-') + 1); }
};

/// Nineteen products with prices and volumes of a plausible day, two of them not traded, so that
/// clients meet those as well.
std::vector<Product> DefaultProducts();

/// `product` as an entry of GET /products.
std::string EncodeProduct(const Product& product);

}  // namespace flux::simulator
