// A table of faults that has them all. For tests.
#pragma once

#include "simulator/fault.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace flux::simulator {

/// Every fault the simulated `source` has is among `tested`: a new one needs a word.
inline void ExpectEveryFault(std::string_view source, const std::set<FaultKind>& tested) {
    for (const FaultEntry& fault : Faults()) {
        const bool is_its = fault.where == "any" || fault.where == source;
        EXPECT_EQ(tested.contains(fault.kind), is_its) << fault.name;
    }
}

}  // namespace flux::simulator
