// What is looked up in checked JSON: simdjson finds the same members, items and integers, any place
// that is found is JSON again, and text reads back as it was quoted.
//
// The first line is a path, what follows a document.
#include "base/assert.h"
#include "input.h"
#include "json/json_check.h"
#include "json/json_fields.h"
#include "json/utf8.h"

#include <cstddef>
#include <cstdint>
#include <simdjson.h>
#include <string>
#include <string_view>

namespace {

using flux::json::ArrayReader;
using flux::json::FieldPath;
using flux::json::Kind;
using flux::json::ObjectReader;
using simdjson::dom::element;

bool SameText(std::string_view value, element other) {
    const std::string text = flux::json::Unquote(value);
    FLUX_ASSERT(flux::json::IsUtf8(text));
    return text == other.get_string().value();
}

void CheckInteger(std::string_view value, element other) {
    std::int64_t number = 0;
    if (other.get_int64().get(number) != simdjson::SUCCESS) return;
    // simdjson takes -0 for an integer as well, and both call it 0.
    FLUX_ASSERT(flux::json::AsInteger(value) == number);
}

void CheckSame(std::string_view value, element other);

void CheckObject(std::string_view value, simdjson::dom::object other) {
    ObjectReader members(value);
    for (const auto& [name, member] : other) {
        FLUX_ASSERT(members.Next() && members.name() == name && members.NameIs(name));
        CheckSame(members.value(), member);
    }
    FLUX_ASSERT(!members.Next());
}

void CheckArray(std::string_view value, simdjson::dom::array other) {
    ArrayReader items(value);
    for (const element item : other) {
        FLUX_ASSERT(items.Next());
        CheckSame(items.value(), item);
    }
    FLUX_ASSERT(!items.Next());
}

/// `value` is what simdjson takes it for, down to its last member.
void CheckSame(std::string_view value, element other) {
    const auto text = flux::json::AsText(value);
    switch (flux::json::KindOf(value)) {
        case Kind::kObject:
            FLUX_ASSERT(!text);
            return CheckObject(value, other.get_object().value());
        case Kind::kArray:
            FLUX_ASSERT(!text);
            return CheckArray(value, other.get_array().value());
        case Kind::kString:
            FLUX_ASSERT(SameText(value, other) && text == flux::json::AsString(value));
            return;
        case Kind::kBool:
            FLUX_ASSERT(text == (other.get_bool().value() ? "true" : "false"));
            return;
        case Kind::kNull:
            FLUX_ASSERT(!text && other.is_null());
            return;
        case Kind::kNumber:
            FLUX_ASSERT(text == flux::json::TrimBlanks(value) && other.is_number());
            CheckInteger(value, other);
    }
}

void CheckPath(std::string_view path, std::string_view document) {
    const auto parsed = FieldPath::Parse(path);
    if (!parsed) {
        FLUX_ASSERT(!parsed.error().context.empty());
        return;
    }
    FLUX_ASSERT(parsed->text() == path);
    const auto found = parsed->Find(document);
    FLUX_ASSERT(!found || flux::json::Check(*found));
    const auto text = parsed->FindText(document);
    FLUX_ASSERT(!text || (found && text == flux::json::AsText(*found)));
}

/// Any bytes make a string; well-formed ones the same again.
void CheckQuoted(std::string_view bytes) {
    const std::string quoted = flux::json::Quote(bytes);
    FLUX_ASSERT(flux::json::Check(quoted));
    const std::string text = flux::json::Unquote(quoted);
    const bool well_formed = flux::json::IsUtf8(bytes);
    FLUX_ASSERT((text == bytes) == well_formed);
    FLUX_ASSERT(flux::json::Quote(text) == quoted);
    FLUX_ASSERT(flux::json::Utf8Length(text) <= bytes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    flux::fuzz::Input input(data, size);
    CheckQuoted(input.Rest());
    const std::string_view path = input.Line();
    const std::string_view document = input.Rest();
    if (!flux::json::Check(document)) return 0;
    CheckPath(path, document);
    simdjson::dom::parser parser;
    element root;
    if (parser.parse(document.data(), document.size()).get(root) != simdjson::SUCCESS) return 0;
    CheckSame(document, root);
    return 0;
}
