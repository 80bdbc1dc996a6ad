// The settings kafka.*.
#pragma once

#include "app/settings.h"
#include "config/problems.h"
#include "config/registry.h"

namespace flux::app {

void BindKafka(config::Registry& registry, Settings& settings);

/// Checks what one setting alone cannot tell, and puts the password where the bus looks for it.
void CompleteKafka(config::Registry& registry, Settings& settings, config::Problems& problems);

}  // namespace flux::app
