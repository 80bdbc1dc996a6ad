// Gives settings their values: defaults < file < environment < flags. Everything that is wrong is
// found in one go.
#pragma once

#include "config/problems.h"
#include "config/registry.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::config {

/// One flag of the command line: "--http.port=80" or "--socketio.polling".
struct Flag {
    std::string name;
    std::optional<std::string> value;  ///< absent: a switch that stood alone
};

/// Where values come from.
struct Sources {
    std::string file;            ///< the TOML file; empty: none
    bool file_required = false;  ///< a missing file is a problem
    /// "NAME=value"; those that begin with FLUX_ must be settings.
    std::vector<std::string> environment;
    /// Variables beginning with FLUX_ that are somebody else's.
    std::vector<std::string> foreign_variables;
    std::vector<Flag> flags;
    std::filesystem::path secrets_directory = "/run/secrets";
};

struct Loaded {
    Problems problems;  ///< not empty: refuse to start
    std::vector<std::string> warnings;
};

/// Reads every source into the targets of `registry`. Thread: main.
Loaded Load(Registry& registry, const Sources& sources);

/// Applies one configuration text (named `file` in problems) and nothing else. Takes any bytes: the
/// entry for fuzzing.
void ApplyText(
    Registry& registry, std::string_view text, const std::string& file, Problems& problems
);

/// Turns the words of a command line into flags: "--name=value", "--name value", and "--name" alone
/// for a switch. Any other word is a problem.
std::vector<Flag> ReadFlags(
    Registry& registry, const std::vector<std::string>& words, Problems& problems
);

/// This process's environment, as Sources takes it.
std::vector<std::string> ProcessEnvironment();

}  // namespace flux::config
