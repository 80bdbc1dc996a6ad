// Recorded prices: what is read is in order and makes sense, and reads the same when it is written
// again.
#include "base/assert.h"
#include "input.h"
#include "simulator/coinbase/decimal.h"
#include "simulator/coinbase/replay_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

namespace {

using flux::simulator::Bar;
using flux::simulator::FormatFixed;
using flux::simulator::Recording;

/// Between these a whole number is read as milliseconds: below as seconds, above not at all.
constexpr flux::WallMillis kMillisecondsFrom = 100'000'000'000;
constexpr flux::WallMillis kMillisecondsMax = 10'000'000'000'000;

void CheckBars(const Recording& recording) {
    FLUX_ASSERT(!recording.bars.empty());
    FLUX_ASSERT(recording.price_decimals >= 2);
    FLUX_ASSERT(recording.price_decimals <= flux::simulator::kDecimalsMax);
    const Bar* before = nullptr;
    for (const Bar& bar : recording.bars) {
        FLUX_ASSERT(before == nullptr || before->time < bar.time);
        FLUX_ASSERT(0 < bar.low && bar.low <= std::min(bar.open, bar.close));
        FLUX_ASSERT(bar.high >= std::max(bar.open, bar.close));
        FLUX_ASSERT(bar.volume >= 0);
        before = &bar;
    }
    FLUX_ASSERT(recording.bar_length().count() > 0);
}

std::string Written(const Recording& recording) {
    std::string text = "time,open,high,low,close,volume\n";
    for (const Bar& bar : recording.bars) {
        text += std::to_string(bar.time);
        for (const std::int64_t price : {bar.open, bar.high, bar.low, bar.close})
            text += "," + FormatFixed(price, recording.price_decimals);
        text += "," + FormatFixed(bar.volume, flux::simulator::kSizeDecimals) + "\n";
    }
    return text;
}

void CheckReadsTheSame(const Recording& recording) {
    if (recording.bars.front().time < kMillisecondsFrom) return;
    if (recording.bars.back().time > kMillisecondsMax) return;
    std::istringstream in(Written(recording));
    const auto again = flux::simulator::ReadRecordings(in, "again.csv", recording.product);
    FLUX_ASSERT(again && again->size() == 1);
    const Recording& read = again->front();
    FLUX_ASSERT(read.product == recording.product);
    // Prices below the smallest step were raised to it, so fewer decimals may do.
    FLUX_ASSERT(read.price_decimals <= recording.price_decimals);
    const std::int64_t step =
        flux::simulator::Scale(recording.price_decimals - read.price_decimals);
    const auto same = [step](const Bar& a, const Bar& b) {
        return a.time == b.time && a.open == b.open * step && a.high == b.high * step &&
               a.low == b.low * step && a.close == b.close * step && a.volume == b.volume;
    };
    FLUX_ASSERT(std::equal(
        recording.bars.begin(), recording.bars.end(), read.bars.begin(), read.bars.end(), same
    ));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    const std::string only_product(input.Line());  // often empty: then the column names it
    std::istringstream in{std::string(input.Rest())};
    const auto recordings = flux::simulator::ReadRecordings(in, "prices.csv", only_product);
    if (!recordings) {
        FLUX_ASSERT(!recordings.error().context.empty());
        return 0;
    }
    FLUX_ASSERT(!recordings->empty());
    for (const Recording& recording : *recordings) {
        CheckBars(recording);
        CheckReadsTheSame(recording);
    }
    return 0;
}
