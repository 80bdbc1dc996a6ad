#include "socketio/placeholders.h"

#include "base/assert.h"
#include "json/json_fields.h"
#include "limits/limits.h"

#include <array>
#include <cstdint>
#include <optional>

namespace flux::socketio {
namespace {

/// The length of the string literal at the front of checked `text`, quotes included.
std::size_t LiteralLength(std::string_view text) {
    std::size_t at = 1;
    while (text[at] != '"')
        at += text[at] == '\\' ? 2 : 1;
    return at + 1;
}

bool NameIs(std::string_view literal, std::string_view name) {
    if (literal.find('\\') != std::string_view::npos) return json::Unquote(literal) == name;
    return literal.substr(1, literal.size() - 2) == name;
}

/// Walks the tokens of checked text and keeps what it knows of each array and object around.
class PlaceholderWalk {
public:
    explicit PlaceholderWalk(std::size_t attachments)
        : attachments_(attachments) {}

    /// False when a placeholder names no attachment.
    bool Walk(std::string_view text) {
        while (!text.empty()) {
            const std::size_t length = TokenLength(text);
            if (!Take(text.substr(0, length))) return false;
            text.remove_prefix(length);
        }
        return true;
    }

private:
    struct Level {
        bool object = false;
        bool name_follows = false;
        bool placeholder = false;  // a member that stands twice counts as its last one
        std::optional<std::int64_t> number;
        std::string_view name;  // of the member whose value comes next
    };

    static std::size_t TokenLength(std::string_view text) {
        if (text.front() == '"') return LiteralLength(text);
        constexpr std::string_view kPunctuation = "{}[]:, \t\r\n";
        if (kPunctuation.find(text.front()) != std::string_view::npos) return 1;
        const std::size_t end = text.find_first_of(kPunctuation);
        return end == std::string_view::npos ? text.size() : end;
    }

    bool Take(std::string_view token) {
        switch (token.front()) {
            case '{':
            case '[':
                TakeValue({});
                FLUX_ASSERT(++depth_ < levels_.size());
                levels_[depth_] = Level{.object = token == "{", .name_follows = token == "{"};
                return true;
            case '}':
            case ']':
                return Fits(levels_[depth_--]);
            case ',':
                levels_[depth_].name_follows = levels_[depth_].object;
                return true;
            case ':':
            case ' ':
            case '\t':
            case '\r':
            case '\n':
                return true;
            default:
                TakeValue(token);
                return true;
        }
    }

    /// A scalar, a member's name, or (empty) the beginning of an array or object.
    void TakeValue(std::string_view token) {
        Level& level = levels_[depth_];
        if (!level.object) return;
        if (level.name_follows) {
            level.name = token;
            level.name_follows = false;
        } else if (NameIs(level.name, "_placeholder")) {
            level.placeholder = token == "true";
        } else if (NameIs(level.name, "num")) {
            level.number = token.empty() ? std::nullopt : json::AsInteger(token);
        }
    }

    bool Fits(const Level& level) const {
        if (!level.placeholder) return true;
        return level.number && *level.number >= 0 &&
               static_cast<std::size_t>(*level.number) < attachments_;
    }

    const std::size_t attachments_;
    std::array<Level, limits::kJsonDepthMax + 1> levels_{};
    std::size_t depth_ = 0;
};

}  // namespace

bool PlaceholdersFit(std::string_view payload, std::size_t attachments) {
    // Most payloads have none, and the name is nearly always written plainly.
    if (payload.find("_placeholder") == std::string_view::npos &&
        payload.find('\\') == std::string_view::npos) {
        return true;
    }
    return PlaceholderWalk(attachments).Walk(payload);
}

}  // namespace flux::socketio
