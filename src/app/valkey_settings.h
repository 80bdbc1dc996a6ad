// The settings valkey.* and cache.*.
#pragma once

#include "app/settings.h"
#include "config/problems.h"
#include "config/registry.h"

namespace flux::app {

void BindValkey(config::Registry& registry, Settings& settings);

/// Checks what one setting alone cannot tell, and takes the address apart.
void CompleteValkey(config::Registry& registry, Settings& settings, config::Problems& problems);

}  // namespace flux::app
