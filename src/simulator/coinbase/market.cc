#include "simulator/coinbase/market.h"

#include "simulator/coinbase/decimal.h"
#include "simulator/coinbase/price_walk.h"
#include "simulator/coinbase/replay_source.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace flux::simulator {
namespace {

constexpr double kReplayTradesPerSecond = 4;

std::int64_t Units(double base_units) {
    return std::llround(base_units * static_cast<double>(Scale(kSizeDecimals)));
}

}  // namespace

Market::Market(
    const Clock& clock, std::uint64_t seed, std::vector<Recording> recordings, double speed
)
    : clock_(clock),
      random_(seed) {
    for (const Product& product : DefaultProducts())
        quotes_.push_back(WalkingQuote(product, random_.Next()));
    for (Recording& recording : recordings)
        AddRecording(std::move(recording), speed);
    std::sort(quotes_.begin(), quotes_.end(), [](const Quote& a, const Quote& b) {
        return a.product.id < b.product.id;
    });
}

Quote Market::WalkingQuote(const Product& product, std::uint64_t seed) {
    auto walk = std::make_unique<PriceWalk>(product, seed);
    Quote quote;
    quote.product = product;
    quote.day = walk->History();
    quote.source = std::move(walk);
    quote.candles = std::make_unique<CandleBook>(
        clock_.WallNow(),
        product.price,
        product.volume_per_day * static_cast<double>(Scale(kSizeDecimals)),
        seed
    );
    quote.volume_before_day = Units(product.volume_per_day * 29 * (0.9 + 0.2 * random_.Unit()));
    quote.sequence = 10'000'000'000 + static_cast<std::int64_t>(random_.Below(90'000'000'000));
    quote.trade_id = 10'000'000 + static_cast<std::int64_t>(random_.Below(900'000'000));
    quote.last.price = product.price;
    quote.last.size = std::max<std::int64_t>(1, Units(product.volume_per_day / 86'400));
    quote.spread = std::max<std::int64_t>(1, product.price / 100'000);
    return quote;
}

void Market::AddRecording(Recording recording, double speed) {
    const Bar& first = recording.bars.front();
    double volume = 0;
    for (const Bar& bar : recording.bars)
        volume += static_cast<double>(bar.volume);
    const double bars_per_day = 86'400'000.0 / static_cast<double>(recording.bar_length().count());
    Product product;
    product.id = recording.product;
    product.price_decimals = recording.price_decimals;
    product.price = first.open;
    product.volume_per_day = volume / static_cast<double>(recording.bars.size()) * bars_per_day /
                             static_cast<double>(Scale(kSizeDecimals));
    Quote quote = WalkingQuote(product, random_.Next());
    quote.day = DayWindow();  // the day begins with the recording
    Trade opening = quote.last;
    opening.size = 0;
    quote.day.Add(opening);
    quote.source = std::make_unique<ReplaySource>(
        std::move(recording), speed, kReplayTradesPerSecond, random_.Next()
    );
    std::erase_if(quotes_, [&](const Quote& known) { return known.product.id == product.id; });
    quotes_.push_back(std::move(quote));
}

void Market::Take(Quote& quote, const Trade& trade) {
    quote.last = trade;
    quote.day.Add(trade);
    quote.candles->Add(clock_.WallNow(), trade.price, trade.size);
    // Other messages of the product's full feed take numbers too: the ticker sees gaps.
    quote.sequence += 1 + static_cast<std::int64_t>(random_.Below(20));
    quote.trade_id += 1 + static_cast<std::int64_t>(random_.Below(3));
    quote.spread = 1 + static_cast<std::int64_t>(
                           random_.Below(static_cast<std::uint64_t>(2 + trade.price / 50'000))
                       );
    quote.spread = std::min(quote.spread, trade.price - 1);
}

void Market::Step(Milliseconds elapsed, const std::function<void(const Quote&)>& traded) {
    for (Quote& quote : quotes_) {
        if (!quote.product.traded()) continue;
        trades_.clear();
        quote.source->Step(elapsed, trades_);
        for (const Trade& trade : trades_) {
            Take(quote, trade);
            traded(quote);
        }
    }
}

const Quote* Market::Find(std::string_view id) const {
    const auto found = std::lower_bound(
        quotes_.begin(),
        quotes_.end(),
        id,
        [](const Quote& quote, std::string_view wanted) { return quote.product.id < wanted; }
    );
    return found != quotes_.end() && found->product.id == id ? &*found : nullptr;
}

void Market::SkipSequences(std::int64_t by) {
    for (Quote& quote : quotes_)
        quote.sequence += by;
}

std::string Market::Now() {
    namespace chrono = std::chrono;
    const chrono::sys_time<Milliseconds> now{Milliseconds(clock_.WallNow())};
    const auto day = chrono::floor<chrono::days>(now);
    const chrono::year_month_day date(day);
    const chrono::hh_mm_ss time(now - day);
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{:03}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        time.hours().count(),
        time.minutes().count(),
        time.seconds().count(),
        time.subseconds().count(),
        random_.Below(1000)  // the clock has no microseconds
    );
}

std::string Market::Ticker(const Quote& quote, const TickerForm& form) {
    const int decimals = quote.product.price_decimals;
    const auto price = [decimals](std::int64_t units) { return FormatDecimal(units, decimals); };
    const auto size = [](std::int64_t units) { return FormatDecimal(units, kSizeDecimals); };
    const auto book_size = [&] {
        return size(
            1 + static_cast<std::int64_t>(
                    random_.Below(static_cast<std::uint64_t>(quote.last.size) * 4 + 1)
                )
        );
    };
    std::string sizes[2];
    if (form.sizes) {
        sizes[0] = fmt::format(R"("best_bid_size":"{}",)", book_size());
        sizes[1] = fmt::format(R"("best_ask_size":"{}",)", book_size());
    }
    return fmt::format(
        R"({{"type":"ticker","sequence":{},"product_id":"{}","price":"{}","open_24h":"{}",)"
        R"("volume_24h":"{}","low_24h":"{}","high_24h":"{}","volume_30d":"{}","best_bid":"{}",)"
        R"({}"best_ask":"{}",{}"side":"{}","time":"{}","trade_id":{},"last_size":"{}"}})",
        quote.sequence + form.sequence_shift,
        quote.product.id,
        price(quote.last.price),
        price(quote.day.open()),
        size(quote.day.volume()),
        price(quote.day.low()),
        price(quote.day.high()),
        size(quote.volume_before_day + quote.day.volume()),
        price(quote.best_bid()),
        sizes[0],
        price(quote.best_ask()),
        sizes[1],
        quote.last.buy ? "buy" : "sell",
        Now(),
        quote.trade_id,
        size(quote.last.size)
    );
}

std::string Market::Heartbeat(const Quote& quote) {
    return fmt::format(
        R"({{"type":"heartbeat","sequence":{},"last_trade_id":{},"product_id":"{}","time":"{}"}})",
        quote.sequence,
        quote.trade_id,
        quote.product.id,
        Now()
    );
}

std::string Market::Products() const {
    std::string list = "[";
    for (const Quote& quote : quotes_) {
        if (list.size() > 1) list += ',';
        list += EncodeProduct(quote.product);
    }
    return list + "]";
}

std::string Market::RestTicker(const Quote& quote) {
    const int decimals = quote.product.price_decimals;
    return fmt::format(
        R"({{"ask":"{}","bid":"{}","volume":"{}","trade_id":{},"price":"{}","size":"{}",)"
        R"("time":"{}"}})",
        FormatDecimal(quote.best_ask(), decimals),
        FormatDecimal(quote.best_bid(), decimals),
        FormatDecimal(quote.day.volume(), kSizeDecimals),
        quote.trade_id,
        FormatDecimal(quote.last.price, decimals),
        FormatDecimal(quote.last.size, kSizeDecimals),
        Now()
    );
}

}  // namespace flux::simulator
