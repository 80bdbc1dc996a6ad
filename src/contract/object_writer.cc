#include "contract/object_writer.h"

#include "json/json_check.h"

#include <utility>

namespace flux::contract {

void ObjectWriter::Name(std::string_view name) {
    if (out_.size() > 1) out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
}

void ObjectWriter::Text(std::string_view name, std::string_view value) {
    Name(name);
    json::AppendQuoted(out_, value);
}

void ObjectWriter::OptionalText(std::string_view name, const std::optional<std::string>& value) {
    if (value) Text(name, std::string_view(*value));
}

void ObjectWriter::Integer(std::string_view name, std::int64_t value) {
    Name(name);
    out_ += std::to_string(value);
}

void ObjectWriter::Texts(std::string_view name, std::span<const std::string> values) {
    Name(name);
    out_ += '[';
    for (std::size_t index = 0; index < values.size(); ++index) {
        if (index > 0) out_ += ',';
        json::AppendQuoted(out_, values[index]);
    }
    out_ += ']';
}

void ObjectWriter::Raw(std::string_view name, std::string_view json) {
    Name(name);
    out_ += json;
}

std::string ObjectWriter::Take() {
    out_ += '}';
    return std::exchange(out_, "{");
}

}  // namespace flux::contract
