// Writes one JSON object, member by member, in the order of the calls.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace flux::contract {

/// Member names are literals of this program and are written as they are. Thread: one at a time.
class ObjectWriter {
public:
    void Text(std::string_view name, std::string_view value);
    /// Left out when absent.
    void OptionalText(std::string_view name, const std::optional<std::string>& value);
    void Integer(std::string_view name, std::int64_t value);
    void Texts(std::string_view name, std::span<const std::string> values);
    /// `json` is checked JSON text.
    void Raw(std::string_view name, std::string_view json);

    /// The object's text; the writer is empty again.
    std::string Take();

private:
    void Name(std::string_view name);

    std::string out_ = "{";
};

}  // namespace flux::contract
