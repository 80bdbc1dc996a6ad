// Cores, memory, clock, and how many files may be open.
#pragma once

#include "app/doctor/check.h"

#include <cstddef>
#include <cstdint>

namespace flux::app::doctor {

struct MemoryFacts {
    std::size_t total = 0;          ///< bytes, of the machine or the container, whichever is less
    std::size_t free = 0;           ///< bytes that programs can still have
    std::size_t flux_may_take = 0;  ///< the bounds that are set, together
};

Finding JudgeMemory(const MemoryFacts& memory);

/// `hard`: what the kernel allows at most, to which Flux raises itself. `wanted`: connections that
/// the settings let in.
Finding JudgeOpenFiles(std::size_t hard, std::size_t wanted, std::size_t shards);

Findings CheckMachine(const Examination& examination);

}  // namespace flux::app::doctor
