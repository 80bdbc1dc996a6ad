// How the crypto service is set.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"

#include <cstddef>
#include <string>
#include <vector>

namespace flux::feeds {

/// Plain settings; the composition root fills them from the configuration. All times are
/// durations from the moment they begin to matter.
struct CryptoOptions {
    std::string ws_url = "wss://ws-feed.exchange.coinbase.com";  ///< the Exchange feed
    std::string rest_base_url =
        "https://api.exchange.coinbase.com";  ///< product list; "" asks for none
    std::vector<std::string> products{
        "BTC-USD",
        "ETH-USD",
        "SOL-USD",
        "XRP-USD",
        "DOGE-USD",
        "ADA-USD",
        "AVAX-USD",
        "LINK-USD",
        "LTC-USD",
        "DOT-USD",
        "BCH-USD",
        "UNI-USD"};
    bool follow_top_coins = true;  ///< live prices of published top coins too, also of others
    std::size_t products_per_connection = 6;  ///< products are spread over connections of this many
    std::string coingecko_url =
        "https://api.coingecko.com/api/v3";  ///< markets; "" gives no movers and no top coins
    std::string coingecko_key;               ///< "" where there is none: the vendor needs none
    std::string frankfurter_url = "https://api.frankfurter.dev/v1";  ///< exchange rates
    bool simulated = false;  ///< what people are told of the sources; changes nothing here
    std::string user_agent = "flux/0.1";
    std::string ca_file;  ///< PEM file of trusted authorities; "" trusts the machine's

    Milliseconds flush_interval{1'000};  ///< newest ticker per product is published this often
    Milliseconds connect_time_max{10'000};
    Milliseconds write_time_max{5'000};
    Milliseconds ack_time_max{5'000};     ///< from subscribing to the `subscriptions` frame
    Milliseconds silence_max{5'000};      ///< heartbeats come every second; no frame this long
                                          ///< means the connection is dead
    Milliseconds reconnect_first{1'000};  ///< wait before the first try again; doubles
    Milliseconds reconnect_longest{30'000};
    Milliseconds missing_retry{60'000};  ///< products the feed did not take are asked for again
    Milliseconds catalog_retry_first{5'000};
    Milliseconds catalog_retry_longest{300'000};
    double connects_per_second = 8;  ///< connection attempts, all together (the vendor's limit)
    double connects_burst = 20;
    std::size_t frame_bytes_max = 256 * KiB;  ///< of one frame, after decompression
    std::size_t catalog_bytes_max = 1 * MiB;  ///< of the product list

    Milliseconds movers_interval{90'000};                   ///< movers are published this often
    Milliseconds top_coins_interval{90'000};                ///< top coins are published this often
    Milliseconds top_coins_rebuild{std::chrono::hours(3)};  ///< and made anew this often
    Milliseconds top_coins_age_max{
        std::chrono::hours(24)};  ///< older ones are not published while a source fails
    Milliseconds rate_age_max{std::chrono::hours(7 * 24)};  ///< the same of the exchange rate
    Milliseconds markets_max_age{60'000};  ///< a list of markets serves whoever asks within it
    Milliseconds market_time_max{10'000};  ///< for one request to CoinGecko or Frankfurter
    std::size_t movers_max = 10;           ///< gainers, and losers
    std::size_t top_coins_max = 10;
    std::size_t coingecko_calls_per_minute = 5;  ///< without a key the vendor takes few
    std::size_t markets_bytes_max = 1 * MiB;     ///< of a list of markets
};

/// Whether the options can be used. Errors: kBadInput naming the setting and what is allowed.
Result<void> Check(const CryptoOptions& options);

}  // namespace flux::feeds
