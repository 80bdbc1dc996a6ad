// The data directory: whether it can be written, what it lies on, who holds it.
#pragma once

#include "app/doctor/check.h"

#include <cstddef>
#include <optional>
#include <string>

namespace flux::app::doctor {

struct DataFacts {
    std::string path;
    bool exists = false;
    std::string refusal;                ///< why it cannot be written or made; empty: it can
    std::string file_system;            ///< "ext4", or "" when it is none we know by name
    std::size_t free = 0;               ///< bytes
    std::optional<std::string> holder;  ///< the pid of who holds it now; "" when not known
    bool keeps_records = false;         ///< the embedded bus: durable topics lie there
};

Finding JudgeData(const DataFacts& facts);

Findings CheckData(const Examination& examination);

}  // namespace flux::app::doctor
