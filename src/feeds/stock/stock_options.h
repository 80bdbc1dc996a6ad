// How the stock service is set.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flux::feeds {

/// Plain settings; the composition root fills them from the configuration.
struct StockOptions {
    std::string base_url = "https://finnhub.io/api/v1";
    std::string key;      ///< "": there is none, and nothing is asked
    std::string ca_file;  ///< PEM file of trusted authorities; "" trusts the machine's
    std::string user_agent = "flux/0.1";
    bool simulated = false;  ///< `base_url` is the simulator's

    std::vector<std::string> symbols{
        "AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "META", "TSLA", "BRK.B", "UNH",  "JNJ",
        "JPM",  "V",    "PG",    "XOM",  "HD",   "CVX",  "MA",   "ABBV",  "PFE",  "AVGO",
        "COST", "DIS",  "MRK",   "KO",   "PEP",  "CSCO", "TMO",  "ACN",   "ADBE", "NKE",
        "WMT",  "NFLX", "ABT",   "LLY",  "CRM",  "MCD",  "DHR",  "VZ",    "TXN",  "NEE",
        "ORCL", "INTC", "PM",    "QCOM", "UPS",  "AMD",  "HON",  "RTX",   "INTU", "LOW"};
    Milliseconds interval{120'000};         ///< between two scheduled batches
    std::uint32_t calls_per_minute = 60;    ///< of the plan; after the first batch calls are spread
    std::uint32_t calls_per_second = 10;    ///< never more, the first batch included
    std::uint32_t quotes_min_percent = 50;  ///< of the symbols; with fewer nothing is published
    std::size_t rows_max = 10;              ///< per list

    Milliseconds call_time_max{10'000};
    Milliseconds batch_time_max{300'000};  ///< waits included; what is left then is given up
    Milliseconds retry_first{30'000};  ///< after a batch that failed; doubles, up to the interval
    /// A command gets the last batch again while it is younger; an instance that starts, too.
    Milliseconds cache_time{300'000};
};

/// A ticker symbol: 1 to 20 of A-Z, 0-9, dot and dash, beginning with a letter or digit.
bool IsSymbol(std::string_view text);

/// Whether the options can be used. Errors: kBadInput naming the setting and what is allowed.
Result<void> Check(const StockOptions& options);

}  // namespace flux::feeds
