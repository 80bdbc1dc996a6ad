#include "feeds/stock/stock_stats.h"

namespace flux::feeds {

void Describe(MetricWriter& out, const StockStats& stats) {
    Describe(out, "finnhub", stats.upstream);
    out.Write("stock_quotes", "Quotes that became rows of a batch", stats.quotes);
    constexpr auto kSkipped = "Symbols of a batch without a usable quote";
    const auto skipped = [&](const char* reason, const Counter& count) {
        out.Write("stock_quotes_skipped", kSkipped, count, {{"reason", reason}});
    };
    skipped("malformed", stats.quotes_malformed);
    skipped("unknown_symbol", stats.quotes_unknown);
    skipped("no_previous_close", stats.quotes_no_close);
    skipped("no_answer", stats.quotes_failed);
    constexpr auto kBatches = "Batches of quotes, by what became of them";
    const auto batches = [&](const char* outcome, const Counter& count) {
        out.Write("stock_batches", kBatches, count, {{"outcome", outcome}});
    };
    batches("published", stats.batches_published);
    batches("repeated", stats.batches_repeated);
    batches("too_small", stats.batches_too_small);
}

}  // namespace flux::feeds
