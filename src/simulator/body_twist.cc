#include "simulator/body_twist.h"

#include "base/units.h"
#include "json/json_check.h"
#include "json/json_fields.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>
#include <functional>
#include <optional>

namespace flux::simulator {
namespace {

constexpr std::size_t kBodyBytesMost = 8 * MiB;
constexpr std::size_t kHugeTextBytes = 100'000;
constexpr std::string_view kHtml =
    R"html(<b onmouseover="alert(1)">bold</b><script>alert('x')</script>&amp; )html";

/// Whether a path is, or ends with, one of the fields.
bool Names(const std::vector<std::string_view>& fields, std::string_view path) {
    return std::any_of(fields.begin(), fields.end(), [path](std::string_view field) {
        if (!path.ends_with(field)) return false;
        return path.size() == field.size() || path[path.size() - field.size() - 1] == '.';
    });
}

/// What becomes of one value: another text, "" for nothing at all, or itself when absent.
using Change = std::function<std::optional<std::string>(std::string_view path, std::string_view)>;

/// Copies JSON and lets `change` have a look at every value below the top, outside in. Recursion is
/// bounded by json::Check's depth.
class Rewriter {
public:
    explicit Rewriter(Change change)
        : change_(std::move(change)) {}

    void Write(std::string_view value) {
        switch (json::KindOf(value)) {
            case json::Kind::kObject:
                return WriteObject(value);
            case json::Kind::kArray:
                return WriteArray(value);
            default:
                out_ += json::TrimBlanks(value);
        }
    }
    std::string Take() { return std::move(out_); }

private:
    void WriteMember(std::string_view value) {
        const std::optional<std::string> changed = change_(path_, value);
        if (changed) {
            out_ += *changed;
        } else {
            Write(value);
        }
    }

    void WriteObject(std::string_view value) {
        out_ += '{';
        for (json::ObjectReader members(value); members.Next();) {
            const std::size_t length = path_.size();
            if (!path_.empty()) path_ += '.';
            path_ += members.name();
            const std::optional<std::string> changed = change_(path_, members.value());
            if (!changed || !changed->empty()) {
                if (out_.back() != '{') out_ += ',';
                out_ += members.literal_name();
                out_ += ':';
                if (changed) {
                    out_ += *changed;
                } else {
                    Write(members.value());
                }
            }
            path_.resize(length);
        }
        out_ += '}';
    }

    void WriteArray(std::string_view value) {
        out_ += '[';
        for (json::ArrayReader items(value); items.Next();) {
            if (out_.back() != '[') out_ += ',';
            WriteMember(items.value());
        }
        out_ += ']';
    }

    Change change_;
    std::string path_;
    std::string out_;
};

std::string Rewrite(std::string_view body, Change change) {
    json::CheckLimits limits;
    limits.bytes_max = kBodyBytesMost;
    if (!json::Check(body, limits)) return std::string(body);
    Rewriter rewriter(std::move(change));
    rewriter.Write(body);
    return rewriter.Take();
}

Change OfNumbers(const std::function<std::string(std::string_view)>& write) {
    return [write](std::string_view, std::string_view value) -> std::optional<std::string> {
        if (json::KindOf(value) != json::Kind::kNumber) return std::nullopt;
        return write(json::TrimBlanks(value));
    };
}

Change OfTexts(const BodyShape& shape, const std::function<std::string(std::string)>& write) {
    return [&shape,
            write](std::string_view path, std::string_view value) -> std::optional<std::string> {
        if (json::KindOf(value) != json::Kind::kString || !Names(shape.texts, path)) {
            return std::nullopt;
        }
        return json::Quote(write(json::Unquote(value)));
    };
}

Change OfFields(const std::vector<std::string_view>& fields, const std::string& instead) {
    return
        [&fields, instead](std::string_view path, std::string_view) -> std::optional<std::string> {
            return Names(fields, path) ? std::optional(instead) : std::nullopt;
        };
}

Change OfTypes() {
    return [](std::string_view, std::string_view value) -> std::optional<std::string> {
        const json::Kind kind = json::KindOf(value);
        if (kind == json::Kind::kNumber) return fmt::format("\"{}\"", json::TrimBlanks(value));
        if (kind == json::Kind::kString) return std::to_string(value.size());
        return std::nullopt;
    };
}

/// Every second object of a list becomes something else.
std::string BreakRows(std::string_view value) {
    constexpr std::array<std::string_view, 4> kInstead{"5", "null", "\"row\"", "{}"};
    if (json::KindOf(value) == json::Kind::kArray) {
        std::string out = "[";
        std::size_t count = 0;
        for (json::ArrayReader items(value); items.Next(); ++count) {
            if (count > 0) out += ',';
            const bool breaks =
                count % 2 == 1 && json::KindOf(items.value()) == json::Kind::kObject;
            out += breaks ? std::string(kInstead[count / 2 % kInstead.size()])
                          : BreakRows(items.value());
        }
        return out + "]";
    }
    if (json::KindOf(value) != json::Kind::kObject) return std::string(json::TrimBlanks(value));
    std::string out = "{";
    for (json::ObjectReader members(value); members.Next();) {
        if (out.size() > 1) out += ',';
        out += members.literal_name();
        out += ':';
        out += BreakRows(members.value());
    }
    return out + "}";
}

}  // namespace

std::string WithExponent(std::string_view number) {
    const bool negative = number.starts_with('-');
    if (negative) number.remove_prefix(1);
    if (number.find_first_of("eE") != std::string_view::npos) {
        return (negative ? "-" : "") + std::string(number);
    }
    const std::size_t point = std::min(number.find('.'), number.size());
    std::string digits(number.substr(0, point));
    if (point < number.size()) digits += number.substr(point + 1);
    const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    int exponent = static_cast<int>(point) - 1 - static_cast<int>(first);
    digits.erase(0, first);
    digits.erase(std::max<std::size_t>(digits.find_last_not_of('0') + 1, 1));
    if (digits == "0") exponent = 0;
    const std::string rest = digits.size() > 1 ? "." + digits.substr(1) : "";
    return fmt::format("{}{}{}e{:+03}", negative ? "-" : "", digits[0], rest, exponent);
}

std::string Twist(std::string_view body, FaultKind kind, const BodyShape& shape) {
    switch (kind) {
        case FaultKind::kNulls:
            return Rewrite(body, OfFields(shape.nullable, "null"));
        case FaultKind::kMissingFields:
            return Rewrite(body, OfFields(shape.optional, ""));
        case FaultKind::kExponents:
            return Rewrite(body, OfNumbers(WithExponent));
        case FaultKind::kInfiniteNumbers:
            return Rewrite(body, OfNumbers([](std::string_view) { return "1e400"; }));
        case FaultKind::kWrongTypes:
            return Rewrite(body, OfTypes());
        case FaultKind::kHtmlTexts:
            return Rewrite(body, OfTexts(shape, [](const std::string& text) {
                               return kHtml.data() + text;
                           }));
        case FaultKind::kHugeTexts:
            return Rewrite(body, OfTexts(shape, [](const std::string& text) {
                               return text + std::string(kHugeTextBytes, 'W');
                           }));
        case FaultKind::kBrokenRows: {
            json::CheckLimits limits;
            limits.bytes_max = kBodyBytesMost;
            return json::Check(body, limits) ? BreakRows(body) : std::string(body);
        }
        default:
            return std::string(body);
    }
}

std::string WithField(std::string_view json, std::string_view field, std::string_view value) {
    const std::vector<std::string_view> fields{field};
    return Rewrite(json, OfFields(fields, std::string(value)));
}

}  // namespace flux::simulator
