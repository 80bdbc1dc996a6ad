// Values that are handed from one to another in a store that several share.
#pragma once

#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <optional>
#include <string>
#include <string_view>

namespace flux {

/// A ranked value begins with its rank in so many hexadecimal digits: of two values the higher rank
/// is the newer. An even one may be taken, an odd one says that somebody has.
inline constexpr std::size_t kRankDigits = 16;

/// Ranks beyond are none: a script's numbers are exact so far.
inline constexpr std::uint64_t kRankEnd = std::uint64_t{1} << 52;

inline std::string EncodeRank(std::uint64_t rank) {
    return fmt::format("{:016x}", rank);
}

/// Nothing when `value` is no ranked one.
inline std::optional<std::uint64_t> RankOf(std::string_view value) {
    if (value.size() < kRankDigits) return std::nullopt;
    std::uint64_t rank = 0;
    const char* const end = value.data() + kRankDigits;
    const auto read = std::from_chars(value.data(), end, rank, 16);
    if (read.ec != std::errc() || read.ptr != end || rank >= kRankEnd) return std::nullopt;
    return rank;
}

}  // namespace flux
