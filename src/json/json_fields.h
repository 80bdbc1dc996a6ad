// Looks things up in JSON text that Check has passed, without building a tree.
//
// Everything here reads checked text only: on other text the answers mean nothing (but nothing is
// read outside the view). Values come back as slices of the text, so a number keeps every digit. A
// member that stands twice counts as its last one, as in JSON.parse: what Flux decides by is what
// the browser sees. Thread: any. Ownership: slices live as long as the text.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::json {

enum class Kind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

/// What kind of value the checked text `value` is.
Kind KindOf(std::string_view value);

/// `value` without the blanks around it.
std::string_view TrimBlanks(std::string_view value);

/// The characters a checked string literal (with its quotes) stands for. A lone surrogate escape
/// becomes U+FFFD.
std::string Unquote(std::string_view literal);

/// As Unquote, or nothing when `value` is no string.
std::optional<std::string> AsString(std::string_view value);

/// What a value is as a piece of text: a string unquoted, a number or bool as it is written.
/// Nothing for null, arrays and objects.
std::optional<std::string> AsText(std::string_view value);

/// The exact integer, when `value` is a number written without fraction and exponent that fits.
std::optional<std::int64_t> AsInteger(std::string_view value);

/// The number nearest to what is written, as a browser reads it; nothing when `value` is no number,
/// or one that no finite double comes near (1e400) or that vanishes (1e-400).
std::optional<double> AsNumber(std::string_view value);

/// Steps through the members of an object (none when `object` is no object):
///   for (ObjectReader members(text); members.Next();) Use(members.name(), members.value());
class ObjectReader {
public:
    explicit ObjectReader(std::string_view object);
    bool Next();
    /// The member's name with its escapes resolved. Allocates only for a name that has escapes.
    bool NameIs(std::string_view name) const;
    std::string name() const { return Unquote(name_); }
    std::string_view literal_name() const { return name_; }  ///< as it is written, with its quotes
    std::string_view value() const { return value_; }

private:
    std::string_view rest_;
    std::string_view name_;  // with quotes
    std::string_view value_;
};

/// Steps through the items of an array (none when `array` is no array).
class ArrayReader {
public:
    explicit ArrayReader(std::string_view array);
    bool Next();
    std::string_view value() const { return value_; }

private:
    std::string_view rest_;
    std::string_view value_;
};

/// The member `name` of an object.
std::optional<std::string_view> Member(std::string_view object, std::string_view name);

/// A place in a document: member names joined by dots, a number for an item of an array
/// ("data.product_id", "rows.0.id"). A dot or backslash inside a name is written `\.` or `\\`.
class FieldPath {
public:
    /// Errors: kBadInput for an empty path or step, a trailing backslash, or more than 16 steps.
    static Result<FieldPath> Parse(std::string_view text);

    /// The value's text, or nothing when the document has no such place.
    std::optional<std::string_view> Find(std::string_view document) const;

    /// The value as a piece of text (see AsText).
    std::optional<std::string> FindText(std::string_view document) const;

    const std::string& text() const { return text_; }

private:
    std::string text_;
    std::vector<std::string> steps_;
};

}  // namespace flux::json
