#include "visitor_tally.h"

#include <algorithm>
#include <fmt/format.h>

namespace flux::bench {
namespace {

/// `text` as JSON.
std::string Quoted(std::string_view text) {
    std::string out = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') out += '\\';
        out += letter >= ' ' ? letter : ' ';
    }
    return out + '"';
}

}  // namespace

double PercentileMs(std::vector<std::uint32_t>& values, double share) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
    return values[at] / 1000.0;
}

std::string CountsJson(const std::map<std::string, std::uint64_t>& counts) {
    std::string out = "{";
    for (const auto& [name, count] : counts)
        out += fmt::format("{}{}:{}", out.size() > 1 ? "," : "", Quoted(name), count);
    return out + '}';
}

}  // namespace flux::bench
