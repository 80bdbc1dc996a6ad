#include "config/instant.h"
#include "simulator/coinbase/replay_file.h"

#include <charconv>
#include <optional>

namespace flux::simulator {
namespace {

/// From here on a number counts milliseconds: as seconds it would be the year 5138.
constexpr std::int64_t kMillisecondsFrom = 100'000'000'000;

/// ".5", or nothing, in milliseconds; what is finer is dropped.
std::optional<std::int64_t> FractionMillis(std::string_view text) {
    if (text.empty()) return 0;
    if (text.size() < 2 || (text.front() != '.' && text.front() != ',')) return std::nullopt;
    std::int64_t millis = 0;
    std::int64_t weight = 100;
    for (const char c : text.substr(1)) {
        if (c < '0' || c > '9') return std::nullopt;
        millis += weight * (c - '0');
        weight /= 10;
    }
    return millis;
}

std::optional<WallMillis> ParseUnix(std::string_view text) {
    std::int64_t whole = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, whole);
    if (error != std::errc() || whole < 0 || whole > 100 * kMillisecondsFrom) return std::nullopt;
    const std::string_view rest(stop, static_cast<std::size_t>(end - stop));
    const auto fraction = FractionMillis(rest);
    if (!fraction) return std::nullopt;
    return whole >= kMillisecondsFrom ? whole : whole * 1000 + *fraction;
}

}  // namespace

Result<WallMillis> ParseBarTime(std::string_view text) {
    auto time = ParseUnix(text);
    if (!time) time = config::ParseInstant(text);
    if (time) return *time;
    return Error(
        ErrorCode::kBadInput,
        Retry::kNever,
        "\"" + std::string(text.substr(0, 40)) +
            "\" is no time (Unix seconds, milliseconds or ISO 8601)"
    );
}

}  // namespace flux::simulator
