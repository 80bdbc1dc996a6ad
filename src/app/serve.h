// Runs a role until a signal.
#pragma once

#include "app/configuration.h"
#include "app/role.h"

namespace flux::app {

/// Starts what the role has, says where it is on stdout, and stops it when a signal asks. Returns
/// the exit code. Thread: main, before any other.
int Serve(Configuration& configuration, const Role& role);

}  // namespace flux::app
