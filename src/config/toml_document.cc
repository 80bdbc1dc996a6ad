#include "config/toml_document.h"

#include "config/place.h"
#include "limits/limits.h"

#include <algorithm>
#include <fmt/format.h>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace flux::config {
namespace {

/// Parts of a dotted name. toml++ bounds how deep values nest but not how long names are, and walks
/// the tables a name makes by recursion.
constexpr int kNamePartsMax = 64;

/// The line on which a name has more parts than that; 0 when there is none. Text in quotes on one
/// line is one part. A value is no name: it has no 64 dots with nothing but words between them.
int LineOfEndlessName(std::string_view text) {
    int line = 1;
    int dots = 0;
    char quote = '\0';
    bool comment = false;
    char before = '\0';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') {
            ++line;
            dots = 0;
            quote = '\0';
            comment = false;
        } else if (comment) {
            continue;
        } else if (quote != '\0') {
            if (c == '\\' && quote == '"' && i + 1 < text.size() && text[i + 1] != '\n') ++i;
            if (c == quote) quote = '\0';
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '.') {
            dots = before == '.' ? 0 : dots + 1;
            if (dots >= kNamePartsMax) return line;
        } else {
            comment = c == '#';
            if (std::string_view("=[]{},#").find(c) != std::string_view::npos) dots = 0;
        }
        before = c;
    }
    return 0;
}

/// One pass over a parsed text.
class Reader {
public:
    Reader(const std::string& file, TomlDocument& document, Problems& problems)
        : file_(file),
          document_(document),
          problems_(problems) {}

    void ReadTop(const toml::table& table, const std::string& prefix) {
        for (const auto& [key, node] : table) {
            const std::string name = prefix + std::string(key.str());
            if (const toml::table* section = node.as_table()) {
                ReadTop(*section, name + ".");
            } else if (IsRows(node)) {
                for (const toml::node& row : *node.as_array())
                    ReadRow(name, *row.as_table());
            } else {
                ReadField(name, node, key.source(), document_.values);
            }
        }
    }

    /// toml++ keeps keys sorted by name; people read files by line.
    void SortByLine() {
        std::stable_sort(document_.values.begin(), document_.values.end(), ByLine);
        std::stable_sort(
            document_.rows.begin(),
            document_.rows.end(),
            [](const Table& a, const Table& b) { return a.place().line() < b.place().line(); }
        );
    }

private:
    static bool IsRows(const toml::node& node) {
        const toml::array* list = node.as_array();
        return list != nullptr && !list->empty() && list->is_homogeneous<toml::table>();
    }

    Place PlaceOf(const toml::source_region& region) const {
        return Place::Line(file_, static_cast<int>(region.begin.line));
    }

    static bool ByLine(const Field& a, const Field& b) { return a.place.line() < b.place.line(); }

    void ReadRow(const std::string& kind, const toml::table& table) {
        Table row(kind, PlaceOf(table.source()));
        std::vector<Field> fields;
        ReadRowFields(table, "", fields);
        std::stable_sort(fields.begin(), fields.end(), ByLine);
        for (Field& field : fields)
            row.Add(std::move(field));
        document_.rows.push_back(std::move(row));
    }

    void ReadRowFields(
        const toml::table& table, const std::string& prefix, std::vector<Field>& fields
    ) {
        for (const auto& [key, node] : table) {
            const std::string name = prefix + std::string(key.str());
            if (const toml::table* inner = node.as_table()) {
                ReadRowFields(*inner, name + ".", fields);
            } else {
                ReadField(name, node, key.source(), fields);
            }
        }
    }

    void ReadField(
        const std::string& name,
        const toml::node& node,
        const toml::source_region& region,
        std::vector<Field>& fields
    ) {
        const Place place = PlaceOf(region);
        if (const auto* text = node.as_string()) {
            fields.push_back(Field{name, text->get(), place});
        } else if (const auto* whole = node.as_integer()) {
            fields.push_back(Field{name, whole->get(), place});
        } else if (const auto* number = node.as_floating_point()) {
            fields.push_back(Field{name, number->get(), place});
        } else if (const auto* truth = node.as_boolean()) {
            fields.push_back(Field{name, truth->get(), place});
        } else if (const auto* list = node.as_array()) {
            ReadList(name, *list, place, fields);
        } else {
            problems_.Add(place, name + " is a date or a time, which no setting is");
        }
    }

    void ReadList(
        const std::string& name,
        const toml::array& list,
        const Place& place,
        std::vector<Field>& fields
    ) {
        std::vector<std::string> texts;
        for (const toml::node& item : list) {
            const auto* text = item.as_string();
            if (text == nullptr) {
                problems_.Add(place, name + ": a list may hold texts in quotes only");
                return;
            }
            texts.push_back(text->get());
        }
        fields.push_back(Field{name, std::move(texts), place});
    }

    const std::string& file_;
    TomlDocument& document_;
    Problems& problems_;
};

}  // namespace

TomlDocument TomlDocument::Parse(
    std::string_view text, const std::string& file, Problems& problems
) {
    TomlDocument document;
    if (text.size() > limits::kConfigBytesMax) {
        problems.Add(
            Place::File(file),
            fmt::format("a configuration has at most {} bytes", limits::kConfigBytesMax)
        );
        return document;
    }
    if (const int line = LineOfEndlessName(text); line != 0) {
        problems.Add(
            Place::Line(file, line),
            fmt::format("a name has at most {} parts between its dots", kNamePartsMax)
        );
        return document;
    }
    try {
        const toml::table parsed = toml::parse(text);
        Reader reader(file, document, problems);
        reader.ReadTop(parsed, "");
        reader.SortByLine();
    } catch (const toml::parse_error& error) {
        problems.Add(
            Place::Line(file, static_cast<int>(error.source().begin.line)),
            fmt::format("this is not TOML: {}", error.description())
        );
    }
    return document;
}

}  // namespace flux::config
