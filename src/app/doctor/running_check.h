// The Flux that runs here, if one does: whether it is ready.
#pragma once

#include "app/doctor/check.h"

namespace flux::app::doctor {

Findings CheckRunning(const Examination& examination);

}  // namespace flux::app::doctor
