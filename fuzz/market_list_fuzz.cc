// CoinGecko's list of markets: whatever it holds, the lists made of it have finite numbers and read
// back as they were written.
#include "base/assert.h"
#include "contract/movers.h"
#include "contract/top_coins.h"
#include "feeds/crypto/market_ranking.h"
#include "feeds/crypto/market_row.h"
#include "json/json_check.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace flux;
    constexpr std::size_t kBytesMax = 64 * 1024;
    constexpr std::size_t kCount = 3;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    feeds::ThrottleCode(text, kBytesMax);
    const auto list = feeds::DecodeMarkets(text, kBytesMax);
    if (!list) {
        FLUX_ASSERT(!list.error().context.empty());
        return 0;
    }
    FLUX_ASSERT(json::Check(text));
    contract::MoversEvent movers;
    movers.gainers = feeds::TopGainers(list->rows, kCount);
    movers.losers = feeds::TopLosers(list->rows, kCount);
    FLUX_ASSERT(movers.gainers.size() <= kCount && movers.losers.size() <= kCount);
    const auto read_movers = contract::DecodeMoversEvent(contract::Encode(movers));
    FLUX_ASSERT(read_movers && *read_movers == movers);

    contract::TopCoinsEvent coins;
    const feeds::ProductsByBase products{{"BTC", "BTC-USD"}, {"ETH", "ETH-USD"}};
    coins.coins = feeds::TopCoins(list->rows, products, 88.15, kCount);
    const auto read_coins = contract::DecodeTopCoinsEvent(contract::Encode(coins));
    FLUX_ASSERT(read_coins && *read_coins == coins);
    return 0;
}
