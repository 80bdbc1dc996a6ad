#include "config/table.h"

#include "config/nearest.h"
#include "config/quantity.h"

#include <algorithm>
#include <fmt/format.h>

namespace flux::config {

const Field* Table::Find(std::string_view name) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) {
        return field.name == name;
    });
    return found == fields_.end() ? nullptr : &*found;
}

const Place& Table::PlaceOf(std::string_view name) const {
    const Field* field = Find(name);
    return field != nullptr ? field->place : place_;
}

void Table::RefuseUnknown(std::span<const std::string_view> known, Problems& problems) const {
    const std::vector<std::string> names(known.begin(), known.end());
    for (const Field& field : fields_) {
        if (std::find(names.begin(), names.end(), field.name) != names.end()) continue;
        problems.Add(
            field.place,
            fmt::format(
                "a [[{}]] has no field {}{}", kind_, field.name, DidYouMean(field.name, names)
            )
        );
    }
}

void Table::Complain(const Field& field, std::string_view wanted, Problems& problems) const {
    problems.Add(
        field.place,
        fmt::format(
            "{} of a [[{}]] must be {}, not {}", field.name, kind_, wanted, ToToml(field.value)
        )
    );
}

template <class T>
std::optional<T> Table::Read(std::string_view name, std::string_view wanted, Problems& problems)
    const {
    const Field* field = Find(name);
    if (field == nullptr) return std::nullopt;
    if (const auto* value = std::get_if<T>(&field->value)) return *value;
    Complain(*field, wanted, problems);
    return std::nullopt;
}

std::optional<std::string> Table::Text(std::string_view name, Problems& problems) const {
    return Read<std::string>(name, "text in quotes", problems);
}

std::optional<bool> Table::Bool(std::string_view name, Problems& problems) const {
    return Read<bool>(name, "true or false", problems);
}

std::optional<std::int64_t> Table::Integer(std::string_view name, Problems& problems) const {
    return Read<std::int64_t>(name, "a whole number", problems);
}

std::optional<std::vector<std::string>> Table::Texts(std::string_view name, Problems& problems)
    const {
    const Field* field = Find(name);
    if (field != nullptr) {
        if (const auto* one = std::get_if<std::string>(&field->value)) {
            return std::vector<std::string>{*one};
        }
    }
    return Read<std::vector<std::string>>(name, "a list of texts", problems);
}

std::optional<Milliseconds> Table::Duration(
    std::string_view name, Milliseconds plain_unit, Problems& problems
) const {
    const Field* field = Find(name);
    if (field == nullptr) return std::nullopt;
    std::optional<Milliseconds> duration;
    if (const auto* text = std::get_if<std::string>(&field->value)) {
        duration = ParseDuration(*text, plain_unit);
    } else if (const auto* number = std::get_if<std::int64_t>(&field->value)) {
        duration = ParseDuration(std::to_string(*number), plain_unit);
    }
    if (!duration) Complain(*field, "a duration such as \"25s\" or \"250ms\"", problems);
    return duration;
}

std::optional<std::size_t> Table::Bytes(std::string_view name, Problems& problems) const {
    const Field* field = Find(name);
    if (field == nullptr) return std::nullopt;
    std::optional<std::size_t> bytes;
    if (const auto* text = std::get_if<std::string>(&field->value)) {
        bytes = ParseBytes(*text);
    } else if (const auto* number = std::get_if<std::int64_t>(&field->value)) {
        bytes = ParseBytes(std::to_string(*number));
    }
    if (!bytes) Complain(*field, "a number of bytes such as \"16KiB\"", problems);
    return bytes;
}

}  // namespace flux::config
