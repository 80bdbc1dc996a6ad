#include "gateway/room_template.h"

#include "base/assert.h"
#include "contract/blank_text.h"
#include "json/utf8.h"
#include "limits/limits.h"

#include <fmt/format.h>
#include <utility>

namespace flux::gateway {

namespace {

Error Bad(std::string sentence) {
    return Error(ErrorCode::kBadInput, Retry::kNever, std::move(sentence));
}

/// Why `value` cannot stand in a name, or nothing.
std::optional<std::string_view> Objection(std::string_view value) {
    if (value.empty()) return "is empty";
    if (value.size() > limits::kRoomNameBytesMax) return "is too long for a name";
    if (!json::IsUtf8(value)) return "is not UTF-8";
    if (contract::HasControlCharacter(value)) return "has control characters";
    return std::nullopt;
}

}  // namespace

RoomTemplate RoomTemplate::Literal(std::string_view room) {
    Result<RoomTemplate> parsed = Parse(room, Source::kClientEvent);
    FLUX_ASSERT(parsed.has_value() && parsed->is_literal());
    return *std::move(parsed);
}

Result<RoomTemplate> RoomTemplate::Parse(std::string_view text, Source source) {
    RoomTemplate parsed;
    parsed.text_ = text;
    if (const auto objection = Objection(text))
        return Bad(fmt::format("the template {}", *objection));
    while (!text.empty()) {
        const std::size_t brace = text.find_first_of("{}");
        if (brace != 0) {
            Piece literal;
            literal.text = text.substr(0, brace);
            text.remove_prefix(literal.text.size());
            parsed.pieces_.push_back(std::move(literal));
            continue;
        }
        const std::size_t close = text.find('}');
        if (text.front() == '}')
            return Bad(fmt::format("'{}' closes a brace that is not open", text));
        if (close == std::string_view::npos) return Bad(fmt::format("'{}' is not closed", text));
        Result<Piece> piece = ParsePlaceholder(text.substr(1, close - 1), source);
        if (!piece) return piece.error();
        parsed.pieces_.push_back(*std::move(piece));
        text.remove_prefix(close + 1);
    }
    return parsed;
}

Result<RoomTemplate::Piece> RoomTemplate::ParsePlaceholder(std::string_view inside, Source source) {
    Piece piece;
    piece.text = inside;
    if (inside.empty()) {
        piece.kind = Kind::kWhole;
        return piece;
    }
    if (inside == "key") {
        if (source == Source::kClientEvent) {
            return Bad(
                "'{key}' is the key of a bus record, which a client event has not; name a "
                "field of its argument"
            );
        }
        piece.kind = Kind::kKey;
        return piece;
    }
    Result<json::FieldPath> path = json::FieldPath::Parse(inside);
    if (!path) return path.error();
    piece.kind = Kind::kField;
    piece.path = *std::move(path);
    return piece;
}

std::optional<std::string> RoomTemplate::ValueOf(const Piece& piece, const TemplateSource& source) {
    switch (piece.kind) {
        case Kind::kLiteral:
            return piece.text;
        case Kind::kKey:
            if (!source.key) return std::nullopt;
            return std::string(*source.key);
        case Kind::kField:
            if (source.json.empty()) return std::nullopt;
            return piece.path.FindText(source.json);
        case Kind::kWhole:
            if (source.json.empty()) return std::nullopt;
            return json::AsText(source.json);
    }
    return std::nullopt;
}

Result<std::string> RoomTemplate::Render(const TemplateSource& source) const {
    return Join([&source](const Piece& piece) { return ValueOf(piece, source); });
}

Result<std::string> RoomTemplate::Fill(const Values& values) const {
    return Join([&values](const Piece& piece) -> std::optional<std::string> {
        const auto found = values.find(piece.text);
        if (found == values.end()) return std::nullopt;
        return found->second;
    });
}

Result<std::string> RoomTemplate::Join(
    const std::function<std::optional<std::string>(const Piece&)>& value_of
) const {
    std::string room;
    for (const Piece& piece : pieces_) {
        if (piece.kind == Kind::kLiteral) {
            room += piece.text;
            continue;
        }
        const std::optional<std::string> value = value_of(piece);
        if (!value) return Bad(fmt::format("no value for '{{{}}}'", piece.text));
        if (const auto objection = Objection(*value)) {
            return Bad(fmt::format("the value of '{{{}}}' {}", piece.text, *objection));
        }
        room += *value;
    }
    if (room.size() > limits::kRoomNameBytesMax) {
        return Bad(fmt::format(
            "'{}' becomes a name of {} bytes, {} are allowed",
            text_,
            room.size(),
            limits::kRoomNameBytesMax
        ));
    }
    return room;
}

std::optional<RoomTemplate::Values> RoomTemplate::TakeApart(std::string_view rendered) const {
    Values values;
    // From the end on: each placeholder gets what follows the last occurrence of the text before
    // it, so only the first can hold that text.
    for (std::size_t index = pieces_.size(); index-- > 0;) {
        const Piece& piece = pieces_[index];
        if (piece.kind == Kind::kLiteral) {
            if (!rendered.ends_with(piece.text)) return std::nullopt;
            rendered.remove_suffix(piece.text.size());
            continue;
        }
        std::size_t begin = 0;
        if (index > 0) {
            const std::string& before = pieces_[index - 1].text;
            const std::size_t found =
                index == 1 ? (rendered.starts_with(before) ? 0 : std::string_view::npos)
                           : rendered.rfind(before);
            if (found == std::string_view::npos) return std::nullopt;
            begin = found + before.size();
        }
        const std::string_view value = rendered.substr(begin);
        if (Objection(value)) return std::nullopt;
        const auto [known, added] = values.try_emplace(piece.text, value);
        if (!added && known->second != value) return std::nullopt;
        rendered.remove_suffix(value.size());
    }
    if (!rendered.empty()) return std::nullopt;
    return values;
}

std::vector<std::string> RoomTemplate::placeholders() const {
    std::vector<std::string> found;
    for (const Piece& piece : pieces_) {
        if (piece.kind != Kind::kLiteral) found.push_back(piece.text);
    }
    return found;
}

bool RoomTemplate::apart() const {
    for (std::size_t index = 1; index < pieces_.size(); ++index) {
        const bool after = pieces_[index - 1].kind != Kind::kLiteral;
        if (after && pieces_[index].kind != Kind::kLiteral) return false;
    }
    return true;
}

std::string RoomTemplate::head() const {
    return pieces_[0].kind == Kind::kLiteral ? pieces_[0].text : "";
}

bool RoomTemplate::needs_json() const {
    for (const Piece& piece : pieces_) {
        if (piece.kind == Kind::kField || piece.kind == Kind::kWhole) return true;
    }
    return false;
}

}  // namespace flux::gateway
