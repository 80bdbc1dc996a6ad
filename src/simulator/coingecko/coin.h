// The coins of the simulated CoinGecko.
#pragma once

#include <span>
#include <string_view>

namespace flux::simulator {

struct Coin {
    std::string_view id;      ///< "bitcoin"
    std::string_view symbol;  ///< small letters
    std::string_view name;
    double price = 0;        ///< US dollars, about; where the exchange trades it, its price counts
    double circulating = 0;  ///< millions of coins
    double most = 0;         ///< millions there can ever be; 0 for no bound
    std::string_view category = {};  ///< the vendor's id of one, "layer-1"
};

/// More than a hundred, in no order that matters.
std::span<const Coin> Coins();

}  // namespace flux::simulator
