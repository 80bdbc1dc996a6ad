#include "app/configuration.h"

#include "base/assert.h"
#include "config/load.h"

#include <filesystem>
#include <fmt/core.h>
#include <system_error>

namespace flux::app {
namespace {

constexpr std::string_view kDefaultFile = "flux.toml";

/// Set by the development tool for the tests it starts; not ours, and not slips either.
std::vector<std::string> ToolVariables() {
    return {"FLUX_BIN", "FLUX_ROOT", "FLUX_STATIC_DIR", "FLUX_VENV_PYTHON"};
}

}  // namespace

Configuration::Configuration() {
    Bind(registry, settings);
}

bool Configuration::IsDefault(std::string_view name) {
    const config::Setting* const setting = registry.Find(name);
    FLUX_ASSERT(setting != nullptr);
    return setting->place.text() == config::Place().text();
}

std::unique_ptr<Configuration> Configuration::Read(
    const ConfigArguments& arguments, config::Problems& problems
) {
    auto configuration = std::make_unique<Configuration>();
    config::Sources sources;
    sources.file = arguments.file.empty() ? std::string(kDefaultFile) : arguments.file;
    sources.file_required = !arguments.file.empty();
    sources.environment = config::ProcessEnvironment();
    sources.foreign_variables = ToolVariables();
    sources.flags = config::ReadFlags(configuration->registry, arguments.words, problems);
    config::Loaded loaded = config::Load(configuration->registry, sources);
    problems.Append(loaded.problems);
    // Only what is right by itself can be compared with the rest.
    if (problems.empty()) Complete(configuration->registry, configuration->settings, problems);
    std::error_code ignored;
    if (std::filesystem::exists(sources.file, ignored)) configuration->file = sources.file;
    configuration->warnings = std::move(loaded.warnings);
    return configuration;
}

std::unique_ptr<Configuration> Configuration::Load(const ConfigArguments& arguments) {
    config::Problems problems;
    std::unique_ptr<Configuration> configuration = Read(arguments, problems);
    if (!problems.empty()) {
        const std::size_t count = problems.lines().size();
        fmt::print(
            stderr,
            "flux: the configuration has {} problem{}, so nothing was started:\n",
            count,
            count == 1 ? "" : "s"
        );
        for (const std::string& line : problems.lines())
            fmt::print(stderr, "  {}\n", line);
        fmt::print(stderr, "`flux config --explain` lists every setting.\n");
        return nullptr;
    }
    return configuration;
}

}  // namespace flux::app
