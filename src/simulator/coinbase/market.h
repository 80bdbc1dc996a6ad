// All products of the simulated exchange and what is known of each.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "simulator/coinbase/candle_book.h"
#include "simulator/coinbase/day_window.h"
#include "simulator/coinbase/price_source.h"
#include "simulator/coinbase/product.h"
#include "simulator/coinbase/replay_file.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

/// The state of one product. Prices in its steps, sizes in 10^-8.
struct Quote {
    Product product;
    std::unique_ptr<PriceSource> source;
    DayWindow day;
    std::unique_ptr<CandleBook> candles;
    std::int64_t volume_before_day = 0;  ///< of the 29 days before the last
    std::int64_t sequence = 0;
    std::int64_t trade_id = 0;
    Trade last;
    std::int64_t spread = 1;

    std::int64_t best_bid() const { return last.buy ? last.price - spread : last.price; }
    std::int64_t best_ask() const { return last.buy ? last.price : last.price + spread; }
};

/// What a ticker may leave out or change; faults ask for it.
struct TickerForm {
    bool sizes = true;
    std::int64_t sequence_shift = 0;  ///< added to the true sequence number
};

/// Thread: one at a time.
class Market {
public:
    /// The default products walk from `seed`; recorded ones are played instead (or added) at
    /// `speed`.
    Market(const Clock& clock, std::uint64_t seed, std::vector<Recording> recordings, double speed);

    /// Lets `elapsed` pass and calls `traded` after each trade.
    void Step(Milliseconds elapsed, const std::function<void(const Quote&)>& traded);

    /// nullptr when there is no such product.
    const Quote* Find(std::string_view id) const;
    std::span<const Quote> quotes() const { return quotes_; }

    /// A gap in the sequence numbers of all products.
    void SkipSequences(std::int64_t by);

    std::string Ticker(const Quote& quote, const TickerForm& form = {});
    std::string Heartbeat(const Quote& quote);
    std::string Products() const;                ///< GET /products
    std::string RestTicker(const Quote& quote);  ///< GET /products/{id}/ticker

private:
    Quote WalkingQuote(const Product& product, std::uint64_t seed);
    void AddRecording(Recording recording, double speed);
    void Take(Quote& quote, const Trade& trade);
    std::string Now();

    const Clock& clock_;
    Random random_;
    std::vector<Quote> quotes_;  // by id
    std::vector<Trade> trades_;  // of one step, kept for its memory
};

}  // namespace flux::simulator
