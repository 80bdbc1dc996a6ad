#include "simulator/noise.h"

#include <array>
#include <chrono>
#include <cmath>

namespace flux::simulator {

std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
    std::uint64_t mixed = a * 0x9e3779b97f4a7c15u + b + 0x632be59bd9b4e019u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

std::uint64_t Mix(std::uint64_t seed, std::string_view text) {
    std::uint64_t mixed = seed;
    for (const char c : text)
        mixed = Mix(mixed, static_cast<unsigned char>(c));
    return mixed;
}

double UnitOf(std::uint64_t number) {
    return static_cast<double>(number >> 11) * 0x1.0p-53;
}

double SmoothNoise(std::uint64_t seed, WallMillis time, Milliseconds period) {
    const double position = static_cast<double>(time) / static_cast<double>(period.count());
    const double floor = std::floor(position);
    const double part = position - floor;
    const auto lattice = static_cast<std::uint64_t>(static_cast<std::int64_t>(floor));
    const double from = 2 * UnitOf(Mix(seed, lattice)) - 1;
    const double to = 2 * UnitOf(Mix(seed, lattice + 1)) - 1;
    return from + (to - from) * part * part * (3 - 2 * part);
}

double TimeWalk::FactorAt(WallMillis time) const {
    constexpr std::array<Milliseconds, 9> kPeriods{
        std::chrono::hours(30 * 24),
        std::chrono::hours(7 * 24),
        std::chrono::hours(47),
        std::chrono::hours(11),
        std::chrono::minutes(170),
        std::chrono::minutes(43),
        std::chrono::minutes(11),
        std::chrono::seconds(151),
        std::chrono::seconds(37)};
    constexpr double kDayMs = 86'400'000;
    double offset = 0;
    for (std::size_t i = 0; i < kPeriods.size(); ++i) {
        // As of a random walk: what it moves by grows with the root of the time it takes.
        const double reach = std::sqrt(static_cast<double>(kPeriods[i].count()) / kDayMs);
        offset += reach * SmoothNoise(Mix(seed_, i), time, kPeriods[i]);
    }
    return std::exp(deviation_per_day_ * offset);
}

}  // namespace flux::simulator
