#include "config/explain.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::config {
namespace {

enum class Columns : unsigned char { kDefaults, kCurrent };

constexpr std::string_view kIntroduction =
    "# Settings\n\n"
    "Where a value comes from, the later winning: the default, the file (`--config FILE`, else "
    "`flux.toml` of the\ncurrent directory), the environment variable, the flag `--name=value`. "
    "A duration is written `\"250ms\"`, `\"25s\"`,\n`\"5m\"`, a number of bytes `\"16KiB\"`; a "
    "plain "
    "number counts the unit of the column. In variables and flags the items\nof a list are "
    "separated by commas. A name that is none and a value out of bounds refuse to start.\n\n"
    "A secret is never written anywhere but in a file of its own: named by `<name>_file` (or its "
    "variable), else\n`/run/secrets/<name>` with `_` for the dot. An empty file is no secret.\n";

std::string Cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

std::string Code(std::string_view text) {
    return text == "\"\"" ? "" : "`" + Cell(text) + "`";
}

std::string SectionOf(const Setting& setting) {
    const std::size_t dot = setting.name.find('.');
    return dot == std::string::npos ? "" : setting.name.substr(0, dot);
}

using Section = std::pair<std::string, std::vector<const Setting*>>;

/// A section stands where its first setting does, whoever adds to it later.
std::vector<Section> BySection(const Registry& registry) {
    std::vector<Section> sections;
    for (const Setting& setting : registry.settings()) {
        const std::string name = SectionOf(setting);
        auto found = std::find_if(sections.begin(), sections.end(), [&](const Section& section) {
            return section.first == name;
        });
        if (found == sections.end()) found = sections.insert(found, {name, {}});
        found->second.push_back(&setting);
    }
    return sections;
}

void AppendHead(std::string& out, const std::string& section, Columns columns) {
    out += fmt::format("\n## {}\n\n", section.empty() ? "The process" : section);
    const bool current = columns == Columns::kCurrent;
    out += "| setting | unit | default | bounds | variable | what it does |";
    out += current ? " now | set by |\n" : "\n";
    out += "|---|---|---|---|---|---|";
    out += current ? "---|---|\n" : "\n";
}

void AppendRow(std::string& out, const Setting& setting, Columns columns) {
    const bool secret = setting.kind == Kind::kSecret;
    const std::string name = secret ? setting.name + "_file" : setting.name;
    out += fmt::format(
        "| `{}` | {} | {} | {} | `{}` | {} |",
        name,
        Cell(setting.unit),
        Code(setting.initial),
        Cell(setting.bounds),
        VariableOf(name),
        Cell(setting.sentence)
    );
    if (columns == Columns::kCurrent) {
        out += fmt::format(" {} | {} |", Code(setting.show()), Cell(setting.place.text()));
    }
    out += '\n';
}

std::string Explain(const Registry& registry, Columns columns) {
    std::string out(kIntroduction);
    for (const auto& [section, settings] : BySection(registry)) {
        AppendHead(out, section, columns);
        for (const Setting* const setting : settings)
            AppendRow(out, *setting, columns);
    }
    if (!registry.rows().empty()) {
        out += "\n## Rows\n\n| row | what it is |";
        out += columns == Columns::kCurrent ? " now |\n|---|---|---|\n" : "\n|---|---|\n";
    }
    for (const Registry::Rows& rows : registry.rows()) {
        out += fmt::format("| `[[{}]]` | {} |", rows.kind, Cell(rows.sentence));
        if (columns == Columns::kCurrent) out += fmt::format(" {} |", rows.target->size());
        out += '\n';
    }
    return out;
}

/// A comment ends with its line, whatever a path or a file name holds.
std::string Comment(std::string_view text) {
    std::string out;
    for (const char c : text)
        out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    return out;
}

}  // namespace

std::string ExplainDefaults(const Registry& registry) {
    return Explain(registry, Columns::kDefaults);
}

std::string ExplainCurrent(const Registry& registry) {
    return Explain(registry, Columns::kCurrent);
}

std::string EffectiveToml(const Registry& registry) {
    std::string out;
    for (const Setting& setting : registry.settings()) {
        const std::string origin = Comment(setting.place.text());
        if (setting.kind == Kind::kSecret) {
            out += fmt::format("# {} = {}  # {}\n", setting.name, setting.show(), origin);
        } else {
            out += fmt::format("{} = {}  # {}\n", setting.name, setting.show(), origin);
        }
    }
    for (const Registry::Rows& rows : registry.rows()) {
        for (const Table& row : *rows.target) {
            out += fmt::format("\n[[{}]]  # {}\n", row.kind(), Comment(row.place().text()));
            for (const Field& field : row.fields())
                out += fmt::format("{} = {}\n", field.name, ToToml(field.value));
        }
    }
    return out;
}

}  // namespace flux::config
