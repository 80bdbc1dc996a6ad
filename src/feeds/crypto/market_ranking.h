// Who moved most, and which coins are the largest that are traded.
#pragma once

#include "contract/movers.h"
#include "contract/top_coins.h"
#include "feeds/crypto/market_row.h"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace flux::feeds {

/// The rows among the 100 largest that have a volume, by their change within the hour in steps of
/// 0.1 % (then by volume): the first `count` from the top, and from the bottom. Who has no change
/// counts as 0 for the gainers and is no loser. Both lists may be empty, and share coins when there
/// are few. Thread: any.
std::vector<contract::Mover> TopGainers(const std::vector<MarketRow>& rows, std::size_t count);
std::vector<contract::Mover> TopLosers(const std::vector<MarketRow>& rows, std::size_t count);

/// Product ids by their base currency, both upper case: "BTC" -> "BTC-USD".
using ProductsByBase = std::map<std::string, std::string, std::less<>>;

/// The first `count` of `rows` (largest first) that `products` has, in INR at `inr_per_usd`. A row
/// whose numbers leave the range of a double is left out. Thread: any.
std::vector<contract::TopCoin> TopCoins(
    const std::vector<MarketRow>& rows,
    const ProductsByBase& products,
    double inr_per_usd,
    std::size_t count
);

}  // namespace flux::feeds
