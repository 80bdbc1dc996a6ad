#include "json/json_fields.h"

#include "json/plain_bytes.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>

namespace flux::json {

namespace {

constexpr std::size_t kPathStepsMax = 16;

bool IsBlank(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

void SkipBlanks(std::string_view& rest) {
    std::size_t blanks = 0;
    while (blanks < rest.size() && IsBlank(rest[blanks]))
        ++blanks;
    rest.remove_prefix(blanks);
}

/// The byte after the string literal that begins at `at`.
const char* AfterString(const char* at, const char* end) {
    ++at;
    while (at != end) {
        at = SkipPlain(at, end);
        if (at == end) return end;
        if (*at == '"') return at + 1;
        if (*at == '\\') ++at;  // what follows it ends nothing
        if (at == end) return end;
        ++at;
    }
    return end;
}

/// The byte after the array or object that begins at `at`. Brackets inside strings do not count.
const char* AfterContainer(const char* at, const char* end) {
    std::size_t depth = 0;
    while (at != end) {
        switch (*at) {
            case '"':
                at = AfterString(at, end);
                continue;
            case '{':
            case '[':
                ++depth;
                break;
            case '}':
            case ']':
                if (depth <= 1) return at + 1;
                --depth;
                break;
            default:
                break;
        }
        ++at;
    }
    return end;
}

/// Takes the value at the beginning of `rest`, which begins with no blank.
std::string_view TakeValue(std::string_view& rest) {
    const char* const begin = rest.data();
    const char* const end = begin + rest.size();
    const char* after = begin;
    if (begin != end) {
        if (*begin == '"') {
            after = AfterString(begin, end);
        } else if (*begin == '{' || *begin == '[') {
            after = AfterContainer(begin, end);
        } else {
            while (after != end && !IsBlank(*after) && *after != ',' && *after != ']' &&
                   *after != '}') {
                ++after;
            }
        }
    }
    const auto size = static_cast<std::size_t>(after - begin);
    const std::string_view value = rest.substr(0, size);
    rest.remove_prefix(size);
    return value;
}

/// What stands between the brackets of `container`, or nothing when it does not open with `open`.
std::string_view Inside(std::string_view container, char open) {
    container = TrimBlanks(container);
    if (container.size() < 2 || container.front() != open) return {};
    return container.substr(1, container.size() - 2);
}

/// Steps over the comma before the next member or item; false at the end.
bool AtNext(std::string_view& rest) {
    SkipBlanks(rest);
    if (!rest.empty() && rest.front() == ',') {
        rest.remove_prefix(1);
        SkipBlanks(rest);
    }
    return !rest.empty();
}

std::uint32_t HexDigits(std::string_view digits) {
    std::uint32_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return value;
}

void AppendCharacter(std::string& out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

bool IsHighSurrogate(std::uint32_t code) {
    return code >= 0xD800 && code < 0xDC00;
}
bool IsLowSurrogate(std::uint32_t code) {
    return code >= 0xDC00 && code < 0xE000;
}

/// Appends what the escape at the beginning of `rest` (after its backslash) means, and steps over
/// it.
void TakeEscape(std::string_view& rest, std::string& out) {
    constexpr std::string_view kLetters = "bfnrt";
    constexpr std::string_view kMeanings = "\b\f\n\r\t";
    const char letter = rest.front();
    if (letter != 'u') {
        const std::size_t known = kLetters.find(letter);
        out += known == std::string_view::npos ? letter : kMeanings[known];
        rest.remove_prefix(1);
        return;
    }
    std::uint32_t code = HexDigits(rest.substr(1, 4));
    rest.remove_prefix(rest.size() < 5 ? rest.size() : 5);
    if (IsHighSurrogate(code) && rest.size() >= 6 && rest.starts_with("\\u")) {
        const std::uint32_t low = HexDigits(rest.substr(2, 4));
        if (IsLowSurrogate(low)) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            rest.remove_prefix(6);
        }
    }
    AppendCharacter(out, IsHighSurrogate(code) || IsLowSurrogate(code) ? 0xFFFD : code);
}

std::optional<std::string_view> Item(std::string_view array, std::string_view step) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (error != std::errc() || end != step.data() + step.size()) return std::nullopt;
    ArrayReader items(array);
    while (items.Next()) {
        if (index-- == 0) return items.value();
    }
    return std::nullopt;
}

}  // namespace

Kind KindOf(std::string_view value) {
    value = TrimBlanks(value);
    switch (value.empty() ? 'n' : value.front()) {
        case '{':
            return Kind::kObject;
        case '[':
            return Kind::kArray;
        case '"':
            return Kind::kString;
        case 't':
        case 'f':
            return Kind::kBool;
        case 'n':
            return Kind::kNull;
        default:
            return Kind::kNumber;
    }
}

std::string_view TrimBlanks(std::string_view value) {
    SkipBlanks(value);
    while (!value.empty() && IsBlank(value.back()))
        value.remove_suffix(1);
    return value;
}

std::string Unquote(std::string_view literal) {
    std::string_view rest = Inside(literal, '"');
    std::string out;
    out.reserve(rest.size());
    for (;;) {
        const std::size_t backslash = rest.find('\\');
        out.append(rest.substr(0, backslash));
        if (backslash == std::string_view::npos || backslash + 1 == rest.size()) return out;
        rest.remove_prefix(backslash + 1);
        TakeEscape(rest, out);
    }
}

std::optional<std::string> AsString(std::string_view value) {
    if (KindOf(value) != Kind::kString) return std::nullopt;
    return Unquote(value);
}

std::optional<std::string> AsText(std::string_view value) {
    value = TrimBlanks(value);
    switch (KindOf(value)) {
        case Kind::kString:
            return Unquote(value);
        case Kind::kNumber:
        case Kind::kBool:
            return std::string(value);
        default:
            return std::nullopt;
    }
}

std::optional<std::int64_t> AsInteger(std::string_view value) {
    value = TrimBlanks(value);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
    return number;
}

std::optional<double> AsNumber(std::string_view value) {
    value = TrimBlanks(value);
    if (KindOf(value) != Kind::kNumber) return std::nullopt;
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
    if (!std::isfinite(number)) return std::nullopt;
    return number;
}

ObjectReader::ObjectReader(std::string_view object)
    : rest_(Inside(object, '{')) {}

bool ObjectReader::Next() {
    if (!AtNext(rest_)) return false;
    name_ = TakeValue(rest_);
    SkipBlanks(rest_);
    if (rest_.empty() || rest_.front() != ':') return false;
    rest_.remove_prefix(1);
    SkipBlanks(rest_);
    value_ = TakeValue(rest_);
    return !value_.empty();
}

bool ObjectReader::NameIs(std::string_view name) const {
    if (name_.find('\\') != std::string_view::npos) return Unquote(name_) == name;
    return name_.size() == name.size() + 2 && name_.substr(1, name.size()) == name;
}

ArrayReader::ArrayReader(std::string_view array)
    : rest_(Inside(array, '[')) {}

bool ArrayReader::Next() {
    if (!AtNext(rest_)) return false;
    value_ = TakeValue(rest_);
    return !value_.empty();
}

std::optional<std::string_view> Member(std::string_view object, std::string_view name) {
    std::optional<std::string_view> found;
    for (ObjectReader members(object); members.Next();) {
        if (members.NameIs(name)) found = members.value();
    }
    return found;
}

Result<FieldPath> FieldPath::Parse(std::string_view text) {
    const auto bad = [&](std::string_view why) {
        return Error(
            ErrorCode::kBadInput, Retry::kNever, fmt::format("field path '{}': {}", text, why)
        );
    };
    FieldPath path;
    path.text_ = text;
    path.steps_.emplace_back();
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\\') {
            if (++at == text.size()) return bad("nothing follows the last backslash");
            path.steps_.back() += text[at];
        } else if (text[at] == '.') {
            if (path.steps_.back().empty()) return bad("a step is empty");
            path.steps_.emplace_back();
        } else {
            path.steps_.back() += text[at];
        }
    }
    if (path.steps_.back().empty()) return bad("a step is empty");
    if (path.steps_.size() > kPathStepsMax) {
        return bad(fmt::format("it has {} steps, {} are allowed", path.steps_.size(), kPathStepsMax)
        );
    }
    return path;
}

std::optional<std::string_view> FieldPath::Find(std::string_view document) const {
    std::optional<std::string_view> here = TrimBlanks(document);
    for (const std::string& step : steps_) {
        here = KindOf(*here) == Kind::kArray ? Item(*here, step) : Member(*here, step);
        if (!here) return std::nullopt;
    }
    return here;
}

std::optional<std::string> FieldPath::FindText(std::string_view document) const {
    const std::optional<std::string_view> value = Find(document);
    return value ? AsText(*value) : std::nullopt;
}

}  // namespace flux::json
