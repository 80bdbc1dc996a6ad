#include "contract/member_reader.h"

#include "config/instant.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <fmt/format.h>
#include <utility>

namespace flux::contract {

MemberReader::MemberReader(std::string_view payload, std::string_view object, std::string path)
    : payload_(payload),
      object_(object),
      path_(std::move(path)) {}

void MemberReader::Refuse(std::string_view name, std::string_view why) {
    if (error_) return;
    error_.emplace(
        ErrorCode::kBadInput,
        Retry::kNever,
        fmt::format("{}: '{}{}' {}", payload_, path_, name, why)
    );
}

void MemberReader::Take(const MemberReader& inner) {
    if (!error_) error_ = inner.error_;
}

/// The member, unless it is absent or null.
std::optional<std::string_view> MemberReader::Given(std::string_view name) const {
    const auto value = json::Member(object_, name);
    if (!value || json::KindOf(*value) == json::Kind::kNull) return std::nullopt;
    return value;
}

std::string MemberReader::Text(std::string_view name) {
    const auto value = Given(name);
    std::optional<std::string> text = value ? json::AsString(*value) : std::nullopt;
    if (!text) Refuse(name, "is missing or no text");
    return std::move(text).value_or("");
}

std::string MemberReader::TextNotEmpty(std::string_view name) {
    std::string text = Text(name);
    if (text.empty()) Refuse(name, "is empty");
    return text;
}

double MemberReader::Number(std::string_view name) {
    const auto value = Given(name);
    const std::optional<double> number = value ? json::AsNumber(*value) : std::nullopt;
    if (!number) Refuse(name, "is missing or no finite number");
    return number.value_or(0);
}

std::int64_t MemberReader::Integer(std::string_view name) {
    const auto value = Given(name);
    const std::optional<std::int64_t> number = value ? json::AsInteger(*value) : std::nullopt;
    if (!number) Refuse(name, "is missing or no whole number");
    return number.value_or(0);
}

bool MemberReader::Bool(std::string_view name) {
    const auto value = Given(name);
    const bool given = value && json::KindOf(*value) == json::Kind::kBool;
    if (!given) Refuse(name, "is neither true nor false");
    return given && json::TrimBlanks(*value) == "true";
}

std::vector<std::string> MemberReader::Texts(std::string_view name) {
    std::vector<std::string> texts;
    for (const std::string_view item : Items(name)) {
        std::optional<std::string> text = json::AsString(item);
        if (!text) {
            Refuse(name, "holds something that is no text");
            break;
        }
        texts.push_back(*std::move(text));
    }
    return texts;
}

std::optional<std::string> MemberReader::OptionalText(std::string_view name) {
    if (!Given(name)) return std::nullopt;
    return Text(name);
}

std::optional<double> MemberReader::OptionalNumber(std::string_view name) {
    if (!Given(name)) return std::nullopt;
    return Number(name);
}

std::optional<std::int64_t> MemberReader::OptionalInteger(std::string_view name) {
    if (!Given(name)) return std::nullopt;
    return Integer(name);
}

void MemberReader::Constant(std::string_view name, std::string_view value) {
    const auto given = Given(name);
    if (given && json::AsString(*given) == value) return;
    Refuse(name, fmt::format("is not \"{}\"", value));
}

std::int64_t MemberReader::Time(std::string_view name) {
    const std::string text = Text(name);
    const auto time = config::ParseInstant(text);
    if (!time) Refuse(name, "is no time written as ISO 8601");
    return time.value_or(0);
}

MemberReader MemberReader::Object(std::string_view name) {
    const auto value = Given(name);
    const bool object = value && json::KindOf(*value) == json::Kind::kObject;
    if (!object) Refuse(name, "is missing or no object");
    return {payload_, object ? *value : "{}", fmt::format("{}{}.", path_, name)};
}

std::optional<MemberReader> MemberReader::OptionalObject(std::string_view name) {
    if (!Given(name)) return std::nullopt;
    return Object(name);
}

std::vector<std::string_view> MemberReader::Items(std::string_view name) {
    const auto value = Given(name);
    std::vector<std::string_view> items;
    if (!value || json::KindOf(*value) != json::Kind::kArray) {
        Refuse(name, "is missing or no array");
        return items;
    }
    for (json::ArrayReader reader(*value); reader.Next();)
        items.push_back(reader.value());
    return items;
}

MemberReader MemberReader::Item(std::string_view name, std::size_t index, std::string_view item) {
    if (json::KindOf(item) != json::Kind::kObject) {
        Refuse(fmt::format("{}[{}]", name, index), "is no object");
        item = "{}";
    }
    return {payload_, item, fmt::format("{}{}[{}].", path_, name, index)};
}

Result<MemberReader> ReadObject(std::string_view payload, std::string_view json) {
    if (const Result<void> checked = json::Check(json); !checked) return checked.error();
    if (json::KindOf(json) != json::Kind::kObject) {
        return Error(
            ErrorCode::kBadInput, Retry::kNever, fmt::format("{}: this is no object", payload)
        );
    }
    return MemberReader(payload, json);
}

}  // namespace flux::contract
