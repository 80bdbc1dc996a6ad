// A room name with places for values: "orders.{key}", "weather.{data.city}".
#pragma once

#include "base/result.h"
#include "json/json_fields.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {

/// What a template takes its values from.
struct TemplateSource {
    std::optional<std::string_view> key;  ///< the record's key; never present for client events
    std::string_view json;                ///< checked JSON; empty: there is none
};

/// Literal text with placeholders: `{key}` is the record's raw key, `{field.path}` a text, number
/// or bool inside the JSON (json::FieldPath; a member called "key" is written `{\key}`), and `{}`
/// the JSON itself when it is a text, number or bool. A value must be well-formed UTF-8 without
/// control characters and not empty; the whole name has at most limits::kRoomNameBytesMax bytes.
/// Also used for conflation keys. Immutable; thread: any.
class RoomTemplate {
public:
    enum class Source { kRecord, kClientEvent };  ///< a client event has no {key}

    /// The template that is always `room`, which must hold no brace.
    static RoomTemplate Literal(std::string_view room);

    /// Errors: kBadInput saying what is wrong.
    static Result<RoomTemplate> Parse(std::string_view text, Source source);

    /// Errors: kBadInput naming the placeholder and why its value cannot stand in a name.
    Result<std::string> Render(const TemplateSource& source) const;

    /// What stands for each placeholder, by the text between its braces.
    using Values = std::map<std::string, std::string, std::less<>>;

    /// The values that make this template the name `rendered`, or nothing when none do. Where a
    /// value holds what separates two placeholders, the first takes as much as it can: who needs to
    /// be sure renders the template again. Placeholders must be apart (see apart).
    std::optional<Values> TakeApart(std::string_view rendered) const;

    /// As Render, with values from TakeApart of another template.
    Result<std::string> Fill(const Values& values) const;

    /// The text between the braces of each placeholder, in their order.
    std::vector<std::string> placeholders() const;
    bool apart() const;        ///< there is text between any two placeholders
    std::string head() const;  ///< the text before the first placeholder

    bool needs_json() const;  ///< has a placeholder other than {key}
    bool is_literal() const { return pieces_.size() == 1 && pieces_[0].kind == Kind::kLiteral; }
    const std::string& text() const { return text_; }

private:
    enum class Kind { kLiteral, kKey, kField, kWhole };
    struct Piece {
        Kind kind = Kind::kLiteral;
        std::string text;      // the literal, or what stands between the braces
        json::FieldPath path;  // of kField
    };

    static Result<Piece> ParsePlaceholder(std::string_view inside, Source source);
    Result<std::string> Join(const std::function<std::optional<std::string>(const Piece&)>& value
    ) const;
    static std::optional<std::string> ValueOf(const Piece& piece, const TemplateSource& source);

    std::string text_;
    std::vector<Piece> pieces_;
};

}  // namespace flux::gateway
