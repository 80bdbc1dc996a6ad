// E3 `crypto.topcoins.event.updated`: the largest coins that are traded.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace flux::contract {

struct TopCoin {
    std::string symbol;  ///< the exchange's product id, "BTC-USD"
    std::string name;
    double price_inr = 0;       ///< 2 decimals
    double change_24h = 0;      ///< percent, 2 decimals
    double market_cap_inr = 0;  ///< whole
    double volume_24h_inr = 0;  ///< whole

    friend bool operator==(const TopCoin&, const TopCoin&) = default;
};

struct TopCoinsEvent {
    std::vector<TopCoin> coins;  ///< by market capitalisation

    friend bool operator==(const TopCoinsEvent&, const TopCoinsEvent&) = default;
};

/// `{"topCoins":[{...,"tradable":true}]}`
std::string Encode(const TopCoinsEvent& event);
/// Errors: kBadInput naming the field. Thread: any.
Result<TopCoinsEvent> DecodeTopCoinsEvent(std::string_view json);

}  // namespace flux::contract
