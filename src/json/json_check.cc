#include "json/json_check.h"

#include "base/assert.h"
#include "json/plain_bytes.h"
#include "json/utf8.h"

#include <array>
#include <cstdint>
#include <fmt/format.h>

namespace flux::json {

namespace {

constexpr std::size_t kDepthPossible = 1024;

bool IsDigit(char byte) {
    return byte >= '0' && byte <= '9';
}

bool IsHexDigit(char byte) {
    return IsDigit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

bool IsBlank(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/// One pass over one text. Says where it stopped and what it wanted there.
class Checker {
public:
    Checker(std::string_view text, std::size_t depth_max)
        : begin_(text.data()),
          at_(text.data()),
          end_(text.data() + text.size()),
          depth_max_(depth_max) {}

    bool Run() {
        Next next = Next::kValue;
        for (;;) {
            SkipBlanks();
            switch (next) {
                case Next::kElementOrEnd:
                    if (Took(']')) {
                        next = Leave();
                        break;
                    }
                    [[fallthrough]];
                case Next::kValue:
                    if (!TakeValue(next)) return false;
                    break;
                case Next::kMemberOrEnd:
                    if (Took('}')) {
                        next = Leave();
                        break;
                    }
                    [[fallthrough]];
                case Next::kMember:
                    if (!TakeName()) return false;
                    next = Next::kValue;
                    break;
                case Next::kAfterValue:
                    if (depth_ == 0) return at_ == end_ || Stop("the end of the text");
                    if (!TakeSeparator(next)) return false;
                    break;
            }
        }
    }

    bool too_deep() const { return too_deep_; }

    std::string Complaint() const {
        const auto offset = at_ - begin_;
        if (too_deep_) {
            return fmt::format("JSON nested deeper than {} levels at byte {}", depth_max_, offset);
        }
        if (at_ == end_) {
            return fmt::format("JSON ends at byte {} where {} was expected", offset, expected_);
        }
        return fmt::format("invalid JSON at byte {}: {} was expected", offset, expected_);
    }

private:
    enum class Next : std::uint8_t { kValue, kElementOrEnd, kMember, kMemberOrEnd, kAfterValue };

    bool Stop(const char* expected) {
        expected_ = expected;
        return false;
    }

    void SkipBlanks() {
        while (at_ != end_ && IsBlank(*at_))
            ++at_;
    }

    bool Took(char byte) {
        if (at_ == end_ || *at_ != byte) return false;
        ++at_;
        return true;
    }

    bool InObject() const {
        const std::size_t level = depth_ - 1;
        return (objects_[level / 64] >> (level % 64)) & 1;
    }

    bool Enter(bool object) {
        if (depth_ == depth_max_) {
            too_deep_ = true;
            return false;
        }
        const std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
        std::uint64_t& word = objects_[depth_ / 64];
        word = object ? word | bit : word & ~bit;
        ++depth_;
        ++at_;
        return true;
    }

    Next Leave() {
        --depth_;
        return Next::kAfterValue;
    }

    bool TakeValue(Next& next) {
        if (at_ == end_) return Stop("a value");
        next = Next::kAfterValue;
        switch (*at_) {
            case '{':
                next = Next::kMemberOrEnd;
                return Enter(true);
            case '[':
                next = Next::kElementOrEnd;
                return Enter(false);
            case '"':
                return TakeString();
            case 't':
                return TakeWord("true");
            case 'f':
                return TakeWord("false");
            case 'n':
                return TakeWord("null");
            default:
                return TakeNumber();
        }
    }

    bool TakeSeparator(Next& next) {
        const bool object = InObject();
        if (Took(',')) {
            next = object ? Next::kMember : Next::kValue;
            return true;
        }
        if (Took(object ? '}' : ']')) {
            next = Leave();
            return true;
        }
        return Stop(object ? "',' or '}'" : "',' or ']'");
    }

    bool TakeName() {
        if (at_ == end_ || *at_ != '"') return Stop("a member name in quotes");
        if (!TakeString()) return false;
        SkipBlanks();
        return Took(':') || Stop("':'");
    }

    bool TakeWord(std::string_view word) {
        for (const char byte : word) {
            if (!Took(byte)) return Stop("true, false or null");
        }
        return true;
    }

    bool TakeDigits() {
        if (at_ == end_ || !IsDigit(*at_)) return Stop("a digit");
        while (at_ != end_ && IsDigit(*at_))
            ++at_;
        return true;
    }

    bool TakeNumber() {
        const bool negative = Took('-');
        if (at_ == end_ || !IsDigit(*at_)) return Stop(negative ? "a digit" : "a value");
        if (!Took('0') && !TakeDigits()) return false;
        if (Took('.') && !TakeDigits()) return false;
        if (Took('e') || Took('E')) {
            if (!Took('+')) Took('-');
            return TakeDigits();
        }
        return true;
    }

    bool TakeString() {
        ++at_;
        for (;;) {
            at_ = SkipPlain(at_, end_);
            if (at_ == end_) return Stop("the closing quote of a string");
            if (Took('"')) return true;
            if (*at_ == '\\') {
                if (!TakeEscape()) return false;
            } else if (static_cast<unsigned char>(*at_) < 0x20) {
                return Stop("a string without raw control characters");
            } else {
                const std::size_t length = Utf8CharacterAt(at_, end_);
                if (length == 0) return Stop("well-formed UTF-8");
                at_ += length;
            }
        }
    }

    bool TakeEscape() {
        ++at_;
        if (at_ == end_) return Stop("an escaped character");
        if (std::string_view("\"\\/bfnrt").find(*at_) != std::string_view::npos) {
            ++at_;
            return true;
        }
        if (!Took('u')) return Stop("an escape of JSON");
        for (int digit = 0; digit < 4; ++digit) {
            if (at_ == end_ || !IsHexDigit(*at_)) return Stop("a hexadecimal digit");
            ++at_;
        }
        return true;
    }

    const char* const begin_;
    const char* at_;
    const char* const end_;
    const std::size_t depth_max_;
    std::size_t depth_ = 0;
    bool too_deep_ = false;
    const char* expected_ = "";
    std::array<std::uint64_t, kDepthPossible / 64> objects_;  // a bit per level: object or array
};

void AppendEscaped(std::string& out, unsigned char byte) {
    constexpr std::string_view kHex = "0123456789abcdef";
    switch (byte) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += "\\u00";
            out += kHex[byte >> 4];
            out += kHex[byte & 0xF];
    }
}

}  // namespace

Result<void> Check(std::string_view text, const CheckLimits& check_limits) {
    FLUX_ASSERT(check_limits.depth_max <= kDepthPossible);
    if (text.size() > check_limits.bytes_max) {
        return Error(
            ErrorCode::kTooLarge,
            Retry::kNever,
            fmt::format(
                "JSON of {} bytes is over the limit of {}", text.size(), check_limits.bytes_max
            )
        );
    }
    Checker checker(text, check_limits.depth_max);
    if (checker.Run()) return {};
    return Error(
        checker.too_deep() ? ErrorCode::kTooLarge : ErrorCode::kBadInput,
        Retry::kNever,
        checker.Complaint()
    );
}

std::string Quote(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    AppendQuoted(out, text);
    return out;
}

void AppendQuoted(std::string& out, std::string_view text) {
    out += '"';
    const char* at = text.data();
    const char* const end = at + text.size();
    for (;;) {
        const char* const special = SkipPlain(at, end);
        out.append(at, special);
        if (special == end) break;
        at = special;
        if (static_cast<unsigned char>(*at) < 0x80) {
            AppendEscaped(out, static_cast<unsigned char>(*at));
            ++at;
            continue;
        }
        const std::size_t length = Utf8CharacterAt(at, end);
        const std::string_view character(at, length);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
            at += Utf8BrokenAt(at, end);
            continue;
        }
        // The line separators end a line in old JavaScript, so a literal with them is not one.
        if (character == "\xE2\x80\xA8") {
            out += "\\u2028";
        } else if (character == "\xE2\x80\xA9") {
            out += "\\u2029";
        } else {
            out += character;
        }
        at += length;
    }
    out += '"';
}

}  // namespace flux::json
