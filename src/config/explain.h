// The settings as a document, and their values as a file.
#pragma once

#include "config/registry.h"

#include <string>

namespace flux::config {

/// Every setting as Markdown: name, unit, default, bounds, variable, sentence. Depends on nothing
/// but the program, so that it can be compared.
std::string ExplainDefaults(const Registry& registry);

/// The same, with the value in force and who set it.
std::string ExplainCurrent(const Registry& registry);

/// The values in force as a TOML file that would give them again, each with its origin as a
/// comment. Secrets are named, not told.
std::string EffectiveToml(const Registry& registry);

}  // namespace flux::config
