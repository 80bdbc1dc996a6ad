// What the simulated Finnhub quotes.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace flux::simulator {

struct Share {
    std::string_view symbol;  ///< "AAPL", "BRK.B"
    double price = 0;         ///< US dollars, about
    double restless = 1;      ///< deviation in a day, in percent
};

/// The fifty that Flux asks for, and some more.
std::span<const Share> Shares();

/// nullptr when it is not covered.
const Share* FindShare(std::string_view symbol);

/// One quote, in dollars.
struct ShareQuote {
    double current = 0;
    double high = 0;
    double low = 0;
    double open = 0;
    double previous_close = 0;
    WallMillis traded = 0;
};

/// The market of this stand-in is open around the clock and begins its day at midnight UTC; it
/// closes the day before at 18:00. Thread: any.
ShareQuote QuoteAt(std::uint64_t seed, const Share& share, WallMillis time);

/// The quote of the last close, as it is repeated while a market is closed.
ShareQuote QuoteOfClose(std::uint64_t seed, const Share& share, WallMillis time);

}  // namespace flux::simulator
