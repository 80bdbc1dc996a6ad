// The settings of one program: each bound to the plain struct member that holds its value.
#pragma once

#include "base/assert.h"
#include "base/clock.h"
#include "config/secret.h"
#include "config/setting.h"
#include "config/table.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flux::config {

/// What a whole number, or a fraction, may be. Both ends are allowed.
template <class T>
struct Between {
    T least;
    T most;
};

/// What a text may be. `accept` sees the whole text; `what` finishes "must be ...".
struct TextRule {
    std::string what = "text";
    std::function<bool(std::string_view)> accept;  ///< none: any text
};

/// Collects settings and binds them. The default of a setting is what its target holds when it is
/// added, so the plain structs say it once. Targets must outlive the registry. Names are dotted,
/// [a-z0-9_.]; adding one twice is a bug. Thread: main, at start.
class Registry {
public:
    void AddBool(std::string name, bool* target, std::string sentence);

    template <std::integral T>
    void AddInteger(
        std::string name, T* target, Between<T> bounds, std::string unit, std::string sentence
    );

    void AddDouble(
        std::string name,
        double* target,
        Between<double> bounds,
        std::string unit,
        std::string sentence
    );

    void AddText(std::string name, std::string* target, TextRule rule, std::string sentence);

    /// A list; every item must satisfy `rule`, and there may be at most `items_max`. A variable or
    /// a flag separates items by commas.
    void AddList(
        std::string name,
        std::vector<std::string>* target,
        TextRule rule,
        std::size_t items_max,
        std::string sentence
    );

    /// A plain number counts `plain_unit` (1 ms, 1 s, ...).
    void AddDuration(
        std::string name,
        Milliseconds* target,
        Between<Milliseconds> bounds,
        Milliseconds plain_unit,
        std::string sentence
    );

    void AddBytes(
        std::string name, std::size_t* target, Between<std::size_t> bounds, std::string sentence
    );

    /// One of some names.
    template <class E>
    void AddChoice(
        std::string name,
        E* target,
        std::vector<std::pair<std::string, E>> choices,
        std::string sentence
    );

    /// A TCP port; `zero` finishes "0: ..." where 0 has a meaning, else 0 is refused.
    void AddPort(
        std::string name, std::uint16_t* target, const std::string& zero, std::string sentence
    );

    /// Read from the file named by `<name>_file` (or its variable), or from the secrets directory.
    void AddSecret(std::string name, Secret* target, std::string sentence);

    /// Rows [[kind]] end up in `rows`, unread: their owner checks their fields.
    void AddRows(std::string kind, std::vector<Table>* rows, std::string sentence);

    /// In the order they were added.
    const std::vector<Setting>& settings() const { return settings_; }
    Setting* Find(std::string_view name);

    /// Every name a source may use: settings, and for secrets their `_file`.
    std::vector<std::string> Names() const;

    struct Rows {
        std::string kind;
        std::string sentence;
        std::vector<Table>* target;
    };
    const std::vector<Rows>& rows() const { return rows_; }
    const Rows* FindRows(std::string_view kind) const;

private:
    using Reader = std::function<std::optional<std::string>(const Value&, Spelling)>;

    void Add(Setting setting);
    static std::optional<std::int64_t> WholeNumber(const Value& value, Spelling spelling);
    static std::string Complaint(const std::string& wanted, const Value& value);

    std::vector<Setting> settings_;
    std::vector<Rows> rows_;
};

template <std::integral T>
void Registry::AddInteger(
    std::string name, T* target, Between<T> bounds, std::string unit, std::string sentence
) {
    const auto least = static_cast<std::int64_t>(bounds.least);
    const auto most = static_cast<std::int64_t>(bounds.most);
    FLUX_ASSERT(std::in_range<std::int64_t>(bounds.most) && least <= most);
    Setting setting{.name = std::move(name), .unit = std::move(unit)};
    setting.bounds = std::to_string(least) + " to " + std::to_string(most);
    setting.sentence = std::move(sentence);
    setting.assign = [target, least, most, bounds_text = setting.bounds](
                         const Value& value, Spelling spelling
                     ) -> std::optional<std::string> {
        const std::optional<std::int64_t> number = WholeNumber(value, spelling);
        if (!number || *number < least || *number > most) {
            return Complaint("a whole number from " + bounds_text, value);
        }
        *target = static_cast<T>(*number);
        return std::nullopt;
    };
    setting.show = [target] { return std::to_string(*target); };
    Add(std::move(setting));
}

template <class E>
void Registry::AddChoice(
    std::string name,
    E* target,
    std::vector<std::pair<std::string, E>> choices,
    std::string sentence
) {
    Setting setting{.name = std::move(name), .unit = "choice"};
    for (const auto& choice : choices) {
        if (!setting.bounds.empty()) setting.bounds += ", ";
        setting.bounds += choice.first;
    }
    setting.sentence = std::move(sentence);
    setting.assign = [target, choices, names = setting.bounds](
                         const Value& value, Spelling
                     ) -> std::optional<std::string> {
        const auto* text = std::get_if<std::string>(&value);
        for (const auto& [choice, meaning] : choices) {
            if (text == nullptr || *text != choice) continue;
            *target = meaning;
            return std::nullopt;
        }
        return Complaint("one of " + names, value);
    };
    setting.show = [target, choices = std::move(choices)] {
        for (const auto& [choice, meaning] : choices) {
            if (meaning == *target) return ToToml(choice);
        }
        return std::string("\"\"");
    };
    Add(std::move(setting));
}

}  // namespace flux::config
