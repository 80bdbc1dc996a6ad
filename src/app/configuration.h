// The configuration of one run of the program, from the command line's words to checked settings.
#pragma once

#include "app/settings.h"
#include "config/problems.h"
#include "config/registry.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flux::app {

/// What every command that reads the configuration takes.
struct ConfigArguments {
    std::string file;                ///< --config; empty: flux.toml if it is there
    std::vector<std::string> words;  ///< --name=value, as typed
};

/// Settings with their registry. Not movable: the registry points into the settings.
class Configuration {
public:
    /// Reads all sources. What is wrong is printed to stderr, all of it, and nullptr returned.
    static std::unique_ptr<Configuration> Load(const ConfigArguments& arguments);

    /// As Load, but what is wrong goes to `problems`; with one of them the settings mean nothing.
    static std::unique_ptr<Configuration> Read(
        const ConfigArguments& arguments, config::Problems& problems
    );

    Configuration();
    Configuration(const Configuration&) = delete;
    Configuration& operator=(const Configuration&) = delete;

    /// Whether no source set `name`, which is a setting.
    bool IsDefault(std::string_view name);

    Settings settings;
    config::Registry registry;
    std::string file;                   ///< that was read; empty: there was none
    std::vector<std::string> warnings;  ///< for the log, once it runs
};

}  // namespace flux::app
