// Where the domains' data would come from: keys, quotas, trusted certificates.
#pragma once

#include "app/doctor/check.h"
#include "app/domain_settings.h"

namespace flux::app::doctor {

/// One finding per domain, and one for each quota that its schedule would exceed. Asks nobody.
Findings JudgeSources(const DomainSettings& domains);

Findings CheckSources(const Examination& examination);

}  // namespace flux::app::doctor
