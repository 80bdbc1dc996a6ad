#include "feeds/crypto/market_stats.h"

namespace flux::feeds {

void Describe(MetricWriter& out, const MarketStats& stats) {
    Describe(out, "coingecko", stats.coingecko);
    Describe(out, "coinbase", stats.coinbase);
    Describe(out, "frankfurter", stats.frankfurter);
    out.Write(
        "crypto_market_rows_skipped",
        "Coins of the market list that could not be used",
        stats.rows_skipped
    );
    out.Write("crypto_movers_published", "Lists of movers the bus took", stats.movers_published);
    out.Write(
        "crypto_top_coins_published", "Lists of top coins the bus took", stats.top_coins_published
    );
    out.Write("crypto_top_coins_built", "Lists of top coins made anew", stats.top_coins_built);
}

}  // namespace flux::feeds
