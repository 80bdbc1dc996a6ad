// Recorded prices: what is read is in order and makes sense, and reads the same when it is written
// again.
#include "base/assert.h"
#include "input.h"
#include "simulator/coinbase/decimal.h"
#include "simulator/coinbase/replay_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>
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

/// A price as the exchange would write it.
void CheckPrices(const Recording& recording) {
    for (const Bar& bar : recording.bars) {
        const std::string text =
            flux::simulator::FormatDecimal(bar.close, recording.price_decimals);
        FLUX_ASSERT(
            flux::simulator::ParseDecimal(text, recording.price_decimals) == bar.close &&
            flux::simulator::FractionDigits(text) <= recording.price_decimals
        );
    }
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

/// A recording in a file reads as its text does. Files are slow, so that is seen once.
bool CheckFile() {
    const std::string text = "time,open,high,low,close,volume\n1700000000,1,3,1,2,0.5\n";
    const std::string path = (std::filesystem::temp_directory_path() /
                              ("flux-recording-fuzz-" + std::to_string(::getpid())))
                                 .string();
    std::ofstream(path) << text;
    const auto from_file = flux::simulator::ReadRecordingFile(path, "BTC-USD");
    std::filesystem::remove(path);
    FLUX_ASSERT(from_file && from_file->size() == 1);
    CheckReadsTheSame(from_file->front());
    const auto absent = flux::simulator::ReadRecordingFile(path, "BTC-USD");
    FLUX_ASSERT(!absent && absent.error().code == flux::ErrorCode::kNotFound);
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    [[maybe_unused]] static const bool checked = CheckFile();
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
        CheckPrices(recording);
        CheckReadsTheSame(recording);
    }
    return 0;
}
