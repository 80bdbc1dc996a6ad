#include "config/quantity.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

namespace flux::config {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

constexpr std::array<Unit, 5> kDurations{
    Unit{"d", 86'400'000},
    Unit{"h", 3'600'000},
    Unit{"m", 60'000},
    Unit{"s", 1'000},
    Unit{"ms", 1}};

constexpr std::array<Unit, 7> kSizes{
    Unit{"GiB", 1ULL << 30U},
    Unit{"MiB", 1ULL << 20U},
    Unit{"KiB", 1ULL << 10U},
    Unit{"GB", 1'000'000'000},
    Unit{"MB", 1'000'000},
    Unit{"kB", 1'000},
    Unit{"B", 1}};

/// `number unit` with at most one space between, in units of 1; absent when it does not fit.
template <std::size_t N>
std::optional<std::uint64_t> ParseQuantity(
    std::string_view text, const std::array<Unit, N>& units, std::uint64_t plain_unit
) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{}) return std::nullopt;
    std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    if (unit.starts_with(' ')) unit.remove_prefix(1);
    std::uint64_t factor = unit.empty() && rest == end ? plain_unit : 0;
    for (const auto& [name, value] : units) {
        if (name == unit) factor = value;
    }
    if (factor == 0) return std::nullopt;
    constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (number > kLargest / factor) return std::nullopt;
    return number * factor;
}

}  // namespace

std::optional<Milliseconds> ParseDuration(std::string_view text, Milliseconds plain_unit) {
    const auto parsed =
        ParseQuantity(text, kDurations, static_cast<std::uint64_t>(plain_unit.count()));
    if (!parsed) return std::nullopt;
    return Milliseconds(static_cast<std::int64_t>(*parsed));
}

std::optional<std::size_t> ParseBytes(std::string_view text) {
    return ParseQuantity(text, kSizes, 1);
}

std::optional<std::int64_t> ParseInteger(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return number;
}

std::string DurationText(Milliseconds duration) {
    const auto count = static_cast<std::uint64_t>(duration.count());
    for (const auto& [name, value] : kDurations) {
        if (count != 0 && count % value == 0) {
            return std::to_string(count / value) + std::string(name);
        }
    }
    return "0ms";
}

std::string BytesText(std::size_t bytes) {
    for (const auto& [name, value] : kSizes) {
        const bool binary = name.ends_with("iB");
        if (binary && bytes != 0 && bytes % value == 0) {
            return std::to_string(bytes / value) + std::string(name);
        }
    }
    return std::to_string(bytes);
}

}  // namespace flux::config
