#include "config/nearest.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace flux::config {
namespace {

/// Longer names are nobody's slip, and the distance costs the product of both lengths.
constexpr std::size_t kNameBytesMax = 128;

std::size_t EditDistance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::vector<std::size_t> next(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        next[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            next[j] = std::min({replaced, row[j] + 1, next[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                next[j] = std::min(next[j], before[j - 2] + 1);
            }
        }
        std::swap(before, row);
        std::swap(row, next);
    }
    return row[b.size()];
}

std::string_view LastPart(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

}  // namespace

std::optional<std::string> Nearest(
    std::string_view name, const std::vector<std::string>& candidates
) {
    if (name.empty() || name.size() > kNameBytesMax) return std::nullopt;
    const std::size_t allowed = std::max<std::size_t>(2, name.size() / 3);
    std::size_t best = allowed + 1;
    const std::string* nearest = nullptr;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > kNameBytesMax) continue;
        std::size_t distance = EditDistance(name, candidate);
        if (LastPart(candidate) == name || LastPart(name) == candidate) {
            distance = std::min<std::size_t>(distance, 1);
        }
        if (distance < best) {
            best = distance;
            nearest = &candidate;
        }
    }
    if (nearest == nullptr) return std::nullopt;
    return *nearest;
}

std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates) {
    const std::optional<std::string> nearest = Nearest(name, candidates);
    return nearest ? "; did you mean " + *nearest + "?" : "";
}

}  // namespace flux::config
