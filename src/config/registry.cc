#include "config/registry.h"

#include "config/quantity.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace flux::config {
namespace {

bool IsName(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
}

std::string Trimmed(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return std::string(text);
}

std::vector<std::string> SplitAtCommas(std::string_view text) {
    std::vector<std::string> items;
    if (Trimmed(text).empty()) return items;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        items.push_back(Trimmed(text.substr(start, comma - start)));
        start = comma + 1;
    }
    return items;
}

std::optional<bool> Truth(const Value& value, Spelling spelling) {
    if (const auto* truth = std::get_if<bool>(&value)) return *truth;
    const auto* text = std::get_if<std::string>(&value);
    if (spelling == Spelling::kText && text != nullptr) {
        if (*text == "true") return true;
        if (*text == "false") return false;
    }
    return std::nullopt;
}

std::optional<double> RealNumber(const Value& value, Spelling spelling) {
    if (const auto* number = std::get_if<double>(&value)) return *number;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    const auto* text = std::get_if<std::string>(&value);
    if (spelling != Spelling::kText || text == nullptr) return std::nullopt;
    double number = 0;
    const char* const end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return number;
}

/// A quantity is text with a unit, or a plain number in a file.
std::optional<std::string> QuantityText(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    return std::nullopt;
}

std::string UnitName(Milliseconds unit) {
    if (unit == std::chrono::hours(1)) return "h";
    if (unit == std::chrono::minutes(1)) return "min";
    return unit == std::chrono::seconds(1) ? "s" : "ms";
}

}  // namespace

std::string VariableOf(const std::string& name) {
    std::string variable = "FLUX_";
    for (const char c : name) {
        const bool lower = c >= 'a' && c <= 'z';
        variable += c == '.' ? '_' : lower ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return variable;
}

void Registry::Add(Setting setting) {
    FLUX_ASSERT(IsName(setting.name) && Find(setting.name) == nullptr);
    FLUX_ASSERT(setting.sentence.ends_with('.'));
    setting.initial = setting.show();
    settings_.push_back(std::move(setting));
}

Setting* Registry::Find(std::string_view name) {
    const auto found = std::find_if(settings_.begin(), settings_.end(), [&](const Setting& s) {
        return s.name == name;
    });
    return found == settings_.end() ? nullptr : &*found;
}

std::vector<std::string> Registry::Names() const {
    std::vector<std::string> names;
    names.reserve(settings_.size());
    for (const Setting& setting : settings_) {
        names.push_back(setting.kind == Kind::kSecret ? setting.name + "_file" : setting.name);
    }
    return names;
}

const Registry::Rows* Registry::FindRows(std::string_view kind) const {
    const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Rows& rows) {
        return rows.kind == kind;
    });
    return found == rows_.end() ? nullptr : &*found;
}

std::optional<std::int64_t> Registry::WholeNumber(const Value& value, Spelling spelling) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
    const auto* text = std::get_if<std::string>(&value);
    if (spelling == Spelling::kText && text != nullptr) return ParseInteger(*text);
    return std::nullopt;
}

std::string Registry::Complaint(const std::string& wanted, const Value& value) {
    return fmt::format("must be {}, not {}", wanted, ToToml(value));
}

void Registry::AddBool(std::string name, bool* target, std::string sentence) {
    Setting setting{.name = std::move(name), .unit = "true/false", .bounds = "true, false"};
    setting.kind = Kind::kSwitch;
    setting.sentence = std::move(sentence);
    setting.assign = [target](const Value& value, Spelling spelling) -> std::optional<std::string> {
        const std::optional<bool> truth = Truth(value, spelling);
        if (!truth) return Complaint("true or false", value);
        *target = *truth;
        return std::nullopt;
    };
    setting.show = [target] { return *target ? "true" : "false"; };
    Add(std::move(setting));
}

void Registry::AddDouble(
    std::string name, double* target, Between<double> bounds, std::string unit, std::string sentence
) {
    Setting setting{.name = std::move(name), .unit = std::move(unit)};
    setting.bounds = fmt::format("{} to {}", bounds.least, bounds.most);
    setting.sentence = std::move(sentence);
    setting.assign = [target, bounds, text = setting.bounds](
                         const Value& value, Spelling spelling
                     ) -> std::optional<std::string> {
        const std::optional<double> number = RealNumber(value, spelling);
        // Written so that NaN is refused too.
        if (!number || !(*number >= bounds.least && *number <= bounds.most)) {
            return Complaint("a number from " + text, value);
        }
        *target = *number;
        return std::nullopt;
    };
    setting.show = [target] { return ToToml(*target); };
    Add(std::move(setting));
}

void Registry::AddText(std::string name, std::string* target, TextRule rule, std::string sentence) {
    Setting setting{.name = std::move(name), .unit = "text", .bounds = rule.what};
    setting.sentence = std::move(sentence);
    setting.assign = [target, rule = std::move(rule)](
                         const Value& value, Spelling
                     ) -> std::optional<std::string> {
        const auto* text = std::get_if<std::string>(&value);
        if (text == nullptr || (rule.accept && !rule.accept(*text))) {
            return Complaint(rule.what, value);
        }
        *target = *text;
        return std::nullopt;
    };
    setting.show = [target] { return ToToml(*target); };
    Add(std::move(setting));
}

void Registry::AddList(
    std::string name,
    std::vector<std::string>* target,
    TextRule rule,
    std::size_t items_max,
    std::string sentence
) {
    Setting setting{.name = std::move(name), .unit = "list of text"};
    setting.bounds = fmt::format("up to {} of: {}", items_max, rule.what);
    setting.sentence = std::move(sentence);
    setting.assign = [target, rule = std::move(rule), items_max](
                         const Value& value, Spelling spelling
                     ) -> std::optional<std::string> {
        std::vector<std::string> items;
        if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
            items = *list;
        } else if (const auto* text = std::get_if<std::string>(&value);
                   text != nullptr && spelling == Spelling::kText) {
            items = SplitAtCommas(*text);
        } else {
            return Complaint("a list such as [\"a\", \"b\"]", value);
        }
        if (items.size() > items_max) {
            return fmt::format("may hold at most {} items, not {}", items_max, items.size());
        }
        for (const std::string& item : items) {
            if (rule.accept && !rule.accept(item)) {
                return Complaint("a list in which each item is " + rule.what, item);
            }
        }
        *target = std::move(items);
        return std::nullopt;
    };
    setting.show = [target] { return ToToml(*target); };
    Add(std::move(setting));
}

void Registry::AddDuration(
    std::string name,
    Milliseconds* target,
    Between<Milliseconds> bounds,
    Milliseconds plain_unit,
    std::string sentence
) {
    Setting setting{.name = std::move(name), .unit = UnitName(plain_unit)};
    setting.bounds = DurationText(bounds.least) + " to " + DurationText(bounds.most);
    setting.sentence = std::move(sentence);
    setting.assign = [target, bounds, plain_unit, text = setting.bounds](
                         const Value& value, Spelling
                     ) -> std::optional<std::string> {
        const std::optional<std::string> quantity = QuantityText(value);
        const auto duration =
            quantity ? ParseDuration(*quantity, plain_unit) : std::optional<Milliseconds>();
        if (!duration || *duration < bounds.least || *duration > bounds.most) {
            return Complaint("a duration such as \"25s\" or \"250ms\", from " + text, value);
        }
        *target = *duration;
        return std::nullopt;
    };
    setting.show = [target] { return ToToml(DurationText(*target)); };
    Add(std::move(setting));
}

void Registry::AddBytes(
    std::string name, std::size_t* target, Between<std::size_t> bounds, std::string sentence
) {
    Setting setting{.name = std::move(name), .unit = "bytes"};
    setting.bounds = BytesText(bounds.least) + " to " + BytesText(bounds.most);
    setting.sentence = std::move(sentence);
    setting.assign = [target, bounds, text = setting.bounds](
                         const Value& value, Spelling
                     ) -> std::optional<std::string> {
        const std::optional<std::string> quantity = QuantityText(value);
        const auto bytes = quantity ? ParseBytes(*quantity) : std::optional<std::size_t>();
        if (!bytes || *bytes < bounds.least || *bytes > bounds.most) {
            return Complaint("a number of bytes such as \"16KiB\", from " + text, value);
        }
        *target = *bytes;
        return std::nullopt;
    };
    setting.show = [target] { return ToToml(BytesText(*target)); };
    Add(std::move(setting));
}

void Registry::AddPort(
    std::string name, std::uint16_t* target, const std::string& zero, std::string sentence
) {
    const std::uint16_t least = zero.empty() ? 1 : 0;
    const Between<std::uint16_t> bounds{least, std::numeric_limits<std::uint16_t>::max()};
    AddInteger(std::move(name), target, bounds, "port", std::move(sentence));
    if (!zero.empty()) settings_.back().bounds += "; 0: " + zero;
}

void Registry::AddSecret(std::string name, Secret* target, std::string sentence) {
    Setting setting{.name = std::move(name), .unit = "secret", .bounds = "the content of a file"};
    setting.sentence = std::move(sentence);
    setting.kind = Kind::kSecret;
    setting.assign = [target](const Value& value, Spelling) -> std::optional<std::string> {
        *target = Secret(std::get<std::string>(value));
        return std::nullopt;
    };
    setting.show = [target] { return target->empty() ? "\"\"" : "\"***\""; };
    Add(std::move(setting));
}

void Registry::AddRows(std::string kind, std::vector<Table>* rows, std::string sentence) {
    FLUX_ASSERT(IsName(kind) && FindRows(kind) == nullptr);
    rows_.push_back(Rows{std::move(kind), std::move(sentence), rows});
}

}  // namespace flux::config
