// The settings file, the files of secrets and certificates.
#pragma once

#include "app/doctor/check.h"

namespace flux::app::doctor {

Findings CheckSettings(const Examination& examination);

}  // namespace flux::app::doctor
