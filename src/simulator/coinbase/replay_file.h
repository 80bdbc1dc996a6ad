// Recorded prices, read from a CSV file.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace flux::simulator {

/// One bar: what happened between its time and the next bar's.
struct Bar {
    WallMillis time = 0;
    std::int64_t open = 0;  ///< prices in steps of the recording
    std::int64_t high = 0;
    std::int64_t low = 0;
    std::int64_t close = 0;
    std::int64_t volume = 0;  ///< in 10^-8 of the base currency
};

/// The bars of one product, in order of time, at least one.
struct Recording {
    std::string product;
    int price_decimals = 2;  ///< as many as the file uses, two at least
    std::vector<Bar> bars;

    /// The smallest distance between two bars: how much time each stands for. A minute for one bar.
    Milliseconds bar_length() const;
};

/// Reads bars by the names in the header line: `time` or `timestamp`, `open`, `high`, `low`,
/// `close`, `volume`, and `product` unless `only_product` names it; other columns are ignored.
/// Times are Unix seconds, Unix milliseconds (from 10^11 on) or ISO 8601 (UTC unless they carry an
/// offset). With both a column and `only_product`, the rows of that product are taken.
/// `name` is what errors call the source. Errors: kBadInput naming line and column; kTooLarge above
/// two million bars; kNotFound when there is no bar.
Result<std::vector<Recording>> ReadRecordings(
    std::istream& in, const std::string& name, std::string_view only_product
);

/// As above, from a file. Errors: also kNotFound when it cannot be opened.
Result<std::vector<Recording>> ReadRecordingFile(
    const std::string& path, std::string_view only_product
);

/// A time of a recording, as ReadRecordings takes it; nothing when it is none. Exposed for tests.
Result<WallMillis> ParseBarTime(std::string_view text);

}  // namespace flux::simulator
