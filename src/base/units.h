// Byte units and the literals of std::chrono, so that a number never stands without its unit.
#pragma once

#include <chrono>
#include <cstddef>

namespace flux {

inline constexpr std::size_t KiB = 1024;
inline constexpr std::size_t MiB = 1024 * KiB;
inline constexpr std::size_t GiB = 1024 * MiB;

using namespace std::chrono_literals;

}  // namespace flux
