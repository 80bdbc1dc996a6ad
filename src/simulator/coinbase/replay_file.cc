#include "simulator/coinbase/replay_file.h"

#include "limits/limits.h"
#include "simulator/coinbase/decimal.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <map>
#include <optional>
#include <utility>

namespace flux::simulator {
namespace {

constexpr std::size_t kLineBytesMax = 4096;
constexpr const char* kTooLong = "the line is longer than 4096 bytes";
constexpr std::size_t kProductsMax = 1000;

enum Column : std::size_t { kTime, kOpen, kHigh, kLow, kClose, kVolume, kProduct, kColumns };
constexpr std::array<std::string_view, kColumns> kNames{
    "time", "open", "high", "low", "close", "volume", "product"};

std::string_view Trim(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    text = text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    return text;
}

std::vector<std::string_view> Split(std::string_view line) {
    std::vector<std::string_view> fields;
    for (;;) {
        const std::size_t comma = line.find(',');
        fields.push_back(Trim(line.substr(0, comma)));
        if (comma == std::string_view::npos) return fields;
        line.remove_prefix(comma + 1);
    }
}

std::string Lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower;
}

/// Prices stay at the finest scale until the whole file has shown how many decimals it uses.
struct Draft {
    std::vector<Bar> bars;
    int price_decimals = 2;
};

/// Reads one source line by line; an error names where it stands.
class Reader {
public:
    Reader(std::istream& in, std::string name, std::string_view only_product)
        : in_(in),
          name_(std::move(name)),
          only_product_(only_product) {}

    Result<std::vector<Recording>> Read() {
        if (Result<void> header = ReadHeader(); !header) return header.error();
        while (NextLine()) {
            if (Trim(line_).empty()) continue;
            if (Result<void> row = ReadRow(); !row) return row.error();
        }
        if (line_too_long_) return Wrong("", kTooLong);
        if (bars_ == 0) {
            return Error(
                ErrorCode::kNotFound,
                Retry::kNever,
                name_ + " holds no price" +
                    (only_product_.empty() ? std::string() : " of " + std::string(only_product_))
            );
        }
        return Finish();
    }

private:
    bool NextLine() {
        if (!std::getline(in_, line_)) return false;
        ++number_;
        line_too_long_ = line_.size() > kLineBytesMax;
        return !line_too_long_;
    }

    Error Wrong(std::string_view column, const std::string& why) const {
        std::string where = name_ + ", line " + std::to_string(number_);
        if (!column.empty()) where += ", column \"" + std::string(column) + "\"";
        return Error(ErrorCode::kBadInput, Retry::kNever, where + ": " + why);
    }

    Result<void> ReadHeader() {
        if (!NextLine()) {
            return Wrong("", line_too_long_ ? kTooLong : "there is no header line");
        }
        std::string_view header = line_;
        if (header.starts_with("\xEF\xBB\xBF")) header.remove_prefix(3);  // a byte order mark
        const auto fields = Split(header);
        columns_in_file_ = fields.size();
        for (std::size_t i = 0; i < fields.size(); ++i) {
            std::string field = Lower(fields[i]);
            if (field == "timestamp") field = "time";
            const auto* const known = std::find(kNames.begin(), kNames.end(), field);
            if (known == kNames.end()) continue;
            auto& place = places_[static_cast<std::size_t>(known - kNames.begin())];
            if (place) return Wrong(*known, "the column stands twice");
            place = i;
        }
        for (std::size_t column = 0; column < kColumns; ++column) {
            if (places_[column] || (column == kProduct && !only_product_.empty())) continue;
            return Wrong(
                kNames[column],
                column == kProduct
                    ? "the column is missing; add it, or name the product with --product"
                    : "the column is missing; the header must name time (or timestamp), open, "
                      "high, low, close and volume"
            );
        }
        return {};
    }

    Result<void> ReadRow() {
        const auto fields = Split(line_);
        if (fields.size() != columns_in_file_) {
            return Wrong(
                "",
                "it has " + std::to_string(fields.size()) + " fields, the header " +
                    std::to_string(columns_in_file_)
            );
        }
        const auto field = [&](Column column) { return fields[*places_[column]]; };
        std::string_view product = only_product_;
        if (places_[kProduct]) {
            product = field(kProduct);
            if (!only_product_.empty() && product != only_product_) return {};
        }
        if (product.empty()) return Wrong("product", "it is empty");
        if (++bars_ > limits::kRecordingBarsMax) {
            return Error(
                ErrorCode::kTooLarge, Retry::kNever, name_ + " holds more than two million bars"
            );
        }
        const auto time = ParseBarTime(field(kTime));
        if (!time) return Wrong("time", time.error().context);
        Bar bar;
        bar.time = *time;
        Draft& draft = drafts_[std::string(product)];
        if (drafts_.size() > kProductsMax) return Wrong("product", "there are more than 1000");
        constexpr std::array<std::pair<Column, std::int64_t Bar::*>, 5> kNumbers{
            {{kOpen, &Bar::open},
             {kHigh, &Bar::high},
             {kLow, &Bar::low},
             {kClose, &Bar::close},
             {kVolume, &Bar::volume}}};
        for (const auto& [column, member] : kNumbers) {
            const auto number = ParseDecimal(field(column), kDecimalsMax);
            if (!number || *number < 0 || (*number == 0 && column != kVolume)) {
                return Wrong(
                    kNames[column],
                    "\"" + std::string(field(column).substr(0, 40)) + "\" is no number " +
                        (column == kVolume ? "from 0" : "above 0") + " up to 9000000000"
                );
            }
            bar.*member = *number;
            if (column == kVolume) continue;
            draft.price_decimals = std::max(draft.price_decimals, FractionDigits(field(column)));
        }
        return Append(draft, bar);
    }

    Result<void> Append(Draft& draft, const Bar& bar) {
        if (bar.low > std::min(bar.open, bar.close)) {
            return Wrong("low", "it is above open or close");
        }
        if (bar.high < std::max(bar.open, bar.close)) {
            return Wrong("high", "it is below open or close");
        }
        if (!draft.bars.empty() && draft.bars.back().time >= bar.time) {
            return Wrong("time", "it is not after the bar before; sort the file by time");
        }
        draft.bars.push_back(bar);
        return {};
    }

    std::vector<Recording> Finish() {
        std::vector<Recording> recordings;
        for (auto& [product, draft] : drafts_) {
            const int decimals = std::min(draft.price_decimals, kDecimalsMax);
            const std::int64_t step = Scale(kDecimalsMax - decimals);
            for (Bar& bar : draft.bars) {
                for (auto member : {&Bar::open, &Bar::high, &Bar::low, &Bar::close})
                    bar.*member = std::max<std::int64_t>(1, bar.*member / step);
            }
            recordings.push_back(Recording{product, decimals, std::move(draft.bars)});
        }
        return recordings;
    }

    std::istream& in_;
    const std::string name_;
    const std::string_view only_product_;
    std::string line_;
    std::size_t number_ = 0;
    bool line_too_long_ = false;
    std::size_t columns_in_file_ = 0;
    std::array<std::optional<std::size_t>, kColumns> places_;
    std::map<std::string, Draft> drafts_;
    std::size_t bars_ = 0;
};

}  // namespace

Milliseconds Recording::bar_length() const {
    std::int64_t smallest = 0;
    for (std::size_t i = 1; i < bars.size(); ++i) {
        const std::int64_t distance = bars[i].time - bars[i - 1].time;
        if (smallest == 0 || distance < smallest) smallest = distance;
    }
    return smallest == 0 ? Milliseconds(60'000) : Milliseconds(smallest);
}

Result<std::vector<Recording>> ReadRecordings(
    std::istream& in, const std::string& name, std::string_view only_product
) {
    return Reader(in, name, only_product).Read();
}

Result<std::vector<Recording>> ReadRecordingFile(
    const std::string& path, std::string_view only_product
) {
    std::ifstream file(path);
    if (!file) {
        return Error(
            ErrorCode::kNotFound, Retry::kNever, "the recording " + path + " cannot be opened"
        );
    }
    return ReadRecordings(file, path, only_product);
}

}  // namespace flux::simulator
