// What every check of the doctor takes and gives.
#pragma once

#include "app/configuration.h"
#include "app/doctor/finding.h"
#include "base/clock.h"

namespace flux::app::doctor {

/// What is examined, and for how long.
struct Examination {
    Configuration& configuration;  ///< without problems
    const Clock& clock;

    const Settings& settings() const { return configuration.settings; }
};

/// Looks at one thing and changes nothing. Every wait in it has a deadline of its own; together
/// they keep an examination under some 15 s. Thread: main; may block.
using Check = Findings (*)(const Examination&);

}  // namespace flux::app::doctor
