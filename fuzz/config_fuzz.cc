// Configuration texts: whatever they hold, values stay within their bounds, and what is in force
// reads back as it is printed. Lines that look like it are also read as flags ("--name=value") and
// variables of the environment ("FLUX_NAME=value").
#include "base/assert.h"
#include "config/explain.h"
#include "config/load.h"
#include "config/registry.h"
#include "config/toml_document.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using flux::Milliseconds;
using flux::config::Problems;
using flux::config::Registry;
using flux::config::Secret;
using flux::config::Table;
using flux::config::TextRule;

enum class Colour { kRed, kGreen };

/// One setting of each kind.
struct Program {
    Registry registry;
    bool on = false;
    std::uint16_t port = 80;
    std::int64_t whole = 5;
    double fraction = 0.5;
    std::string text = "a";
    std::vector<std::string> list;
    Milliseconds duration{1000};
    std::size_t bytes = 1024;
    Colour colour = Colour::kRed;
    Secret secret;
    std::vector<Table> rows;

    Program() {
        const TextRule short_text{"short", [](std::string_view t) { return t.size() <= 8; }};
        registry.AddBool("a.on", &on, "A switch.");
        registry.AddPort("a.port", &port, "", "A port.");
        registry.AddInteger<std::int64_t>("a.whole", &whole, {-10, 10}, "things", "A number.");
        registry.AddDouble("a.fraction", &fraction, {0, 1}, "parts", "A fraction.");
        registry.AddText("b.text", &text, short_text, "A text.");
        registry.AddList("b.list", &list, short_text, 3, "A list.");
        registry.AddDuration(
            "b.duration",
            &duration,
            {Milliseconds(10), Milliseconds(60'000)},
            Milliseconds(1),
            "A time."
        );
        registry.AddBytes("b.bytes", &bytes, {1, 1 << 20}, "A size.");
        registry.AddChoice<Colour>(
            "colour", &colour, {{"red", Colour::kRed}, {"green", Colour::kGreen}}, "A choice."
        );
        registry.AddSecret("secret", &secret, "A secret.");
        registry.AddRows("row", &rows, "Rows.");
    }

    void CheckBounds() const {
        FLUX_ASSERT(port != 0);
        FLUX_ASSERT(whole >= -10 && whole <= 10);
        FLUX_ASSERT(fraction >= 0 && fraction <= 1);
        FLUX_ASSERT(text.size() <= 8 && list.size() <= 3);
        FLUX_ASSERT(duration >= Milliseconds(10) && duration <= Milliseconds(60'000));
        FLUX_ASSERT(bytes >= 1 && bytes <= 1 << 20);
        FLUX_ASSERT(colour == Colour::kRed || colour == Colour::kGreen);
    }

    std::string Show() const {
        std::string shown;
        for (const auto& setting : registry.settings())
            shown += setting.name + " = " + setting.show() + "\n";
        return shown;
    }
};

/// What the text says without a file.
void CheckWords(std::string_view text) {
    Program program;
    flux::config::Sources sources;
    sources.secrets_directory = "/nowhere";
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        (line.starts_with('-') ? words : sources.environment).emplace_back(line);
    }
    Problems problems;
    sources.flags = flux::config::ReadFlags(program.registry, words, problems);
    const flux::config::Loaded loaded = flux::config::Load(program.registry, sources);
    program.CheckBounds();
    FLUX_ASSERT(loaded.warnings.empty() && program.secret.empty());
    for (const std::string& line : loaded.problems.lines())
        FLUX_ASSERT(line.starts_with("FLUX_") || line.starts_with("--"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Program program;
    Problems problems;
    flux::config::ApplyText(program.registry, text, "flux.toml", problems);
    program.CheckBounds();
    for (const std::string& line : problems.lines())
        FLUX_ASSERT(line.starts_with("flux.toml"));
    for (const Table& row : program.rows)
        FLUX_ASSERT(row.kind() == "row");

    CheckWords(text);

    Program again;
    Problems none;
    flux::config::ApplyText(
        again.registry, flux::config::EffectiveToml(program.registry), "again.toml", none
    );
    FLUX_ASSERT(none.empty());
    FLUX_ASSERT(again.Show() == program.Show());

    Problems of_the_text;
    const auto document = flux::config::TomlDocument::Parse(text, "flux.toml", of_the_text);
    FLUX_ASSERT(std::is_sorted(
        document.values.begin(),
        document.values.end(),
        [](const auto& a, const auto& b) { return a.place.line() < b.place.line(); }
    ));
    return 0;
}
