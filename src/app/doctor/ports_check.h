// The addresses that Flux listens on: whether they are free.
#pragma once

#include "app/doctor/check.h"

namespace flux::app::doctor {

Findings CheckPorts(const Examination& examination);

}  // namespace flux::app::doctor
