#include "gateway/row_reader.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <variant>

namespace flux::gateway {

void RowReader::Know(std::string_view name) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.emplace_back(name);
}

std::string RowReader::Required(std::string_view name) {
    if (row_.Find(name) == nullptr) {
        Complain(name, "is missing");
        return {};
    }
    std::optional<std::string> value = Text(name);
    if (value && value->empty()) Complain(name, "must not be empty");
    return value.value_or("");
}

std::optional<std::string> RowReader::Text(std::string_view name) {
    Know(name);
    return row_.Text(name, problems_);
}

std::optional<std::vector<std::string>> RowReader::Texts(std::string_view name) {
    Know(name);
    return row_.Texts(name, problems_);
}

std::optional<std::int64_t> RowReader::Integer(
    std::string_view name, std::int64_t lowest, std::int64_t highest
) {
    Know(name);
    const std::optional<std::int64_t> value = row_.Integer(name, problems_);
    if (!value || (*value >= lowest && *value <= highest)) return value;
    Complain(name, fmt::format("must be {} to {}, not {}", lowest, highest, *value));
    return std::nullopt;
}

std::optional<bool> RowReader::Bool(std::string_view name) {
    Know(name);
    return row_.Bool(name, problems_);
}

std::optional<std::size_t> RowReader::Bytes(
    std::string_view name, std::size_t lowest, std::size_t highest
) {
    Know(name);
    const std::optional<std::size_t> value = row_.Bytes(name, problems_);
    if (!value || (*value >= lowest && *value <= highest)) return value;
    Complain(name, fmt::format("must be {} to {} bytes, not {}", lowest, highest, *value));
    return std::nullopt;
}

std::optional<Milliseconds> RowReader::Duration(
    std::string_view name, std::chrono::hours lowest, std::chrono::hours highest
) {
    Know(name);
    const auto value = row_.Duration(name, std::chrono::hours(1), problems_);
    if (!value || (*value >= lowest && *value <= highest)) return value;
    Complain(
        name,
        fmt::format(
            "must be {}h to {}h, not {} ms", lowest.count(), highest.count(), value->count()
        )
    );
    return std::nullopt;
}

std::optional<std::chrono::seconds> RowReader::Seconds(
    std::string_view name, std::chrono::seconds lowest, std::chrono::seconds highest
) {
    using std::chrono::seconds;
    Know(name);
    const auto value = row_.Duration(name, seconds(1), problems_);
    if (!value) return std::nullopt;
    const auto whole = std::chrono::duration_cast<seconds>(*value);
    if (whole == *value && whole >= lowest && whole <= highest) return whole;
    Complain(
        name,
        fmt::format(
            "must be whole seconds, {} to {}, not {} ms",
            lowest.count(),
            highest.count(),
            value->count()
        )
    );
    return std::nullopt;
}

std::size_t RowReader::Choice(
    std::string_view name, const std::vector<std::string_view>& choices, std::size_t fallback
) {
    const std::optional<std::string> value = Text(name);
    if (!value) return fallback;
    const auto found = std::find(choices.begin(), choices.end(), *value);
    if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
    Complain(name, fmt::format("must be one of {}, not {}", fmt::join(choices, ", "), *value));
    return fallback;
}

std::vector<std::pair<std::string, std::string>> RowReader::Under(std::string_view prefix) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const config::Field& field : row_.fields()) {
        if (!field.name.starts_with(prefix) || field.name.size() <= prefix.size() + 1 ||
            field.name[prefix.size()] != '.') {
            continue;
        }
        Know(field.name);
        std::string rest = field.name.substr(prefix.size() + 1);
        if (const auto* text = std::get_if<std::string>(&field.value)) {
            found.emplace_back(std::move(rest), *text);
        } else if (const auto* whole = std::get_if<std::int64_t>(&field.value)) {
            found.emplace_back(std::move(rest), std::to_string(*whole));
        } else if (const auto* truth = std::get_if<bool>(&field.value)) {
            found.emplace_back(std::move(rest), *truth ? "true" : "false");
        } else {
            Complain(field.name, "must be a text, a whole number, or true or false");
        }
    }
    return found;
}

void RowReader::Complain(std::string_view name, std::string_view sentence) {
    Know(name);
    problems_.Add(
        row_.PlaceOf(name), fmt::format("{} of a [[{}]] {}", name, row_.kind(), sentence)
    );
}

bool RowReader::Finish() {
    const std::vector<std::string_view> known(known_.begin(), known_.end());
    row_.RefuseUnknown(known, problems_);
    return problems_.lines().size() == problems_before_;
}

}  // namespace flux::gateway
