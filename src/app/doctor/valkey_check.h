// Valkey, or Redis: reachable, logged in, what the cache needs of it.
#pragma once

#include "app/doctor/check.h"
#include "app/doctor/valkey_server.h"

#include <string>

namespace flux::app::doctor {

/// What the facts mean. Flux runs without a cache, so that nearly all is a warning.
Findings JudgeValkey(const ValkeyServerFacts& server, const std::string& address);

Findings CheckValkey(const Examination& examination);

}  // namespace flux::app::doctor
