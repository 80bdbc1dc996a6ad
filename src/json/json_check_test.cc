#include "json/json_check.h"

#include "base/random.h"
#include "json/utf8.h"

#include <gtest/gtest.h>

#include <simdjson.h>
#include <string>
#include <vector>

namespace flux::json {
namespace {

using namespace std::string_literals;

bool Valid(std::string_view text) {
    return Check(text).has_value();
}

struct Case {
    const char* rule;
    std::string text;
};

const std::vector<Case>& ValidCases() {
    static const std::vector<Case> cases = {
        {"literal", "null"},
        {"literal", "true"},
        {"literal", "false"},
        {"zero", "0"},
        {"minus zero", "-0"},
        {"integer", "-120"},
        {"fraction", "0.50"},
        {"exponent", "1e5"},
        {"exponent with plus", "1E+05"},
        {"exponent with minus", "1.25e-7"},
        {"a 30-digit integer", "123456789012345678901234567890"},
        {"a number no double holds", "1e400"},
        {"empty string", R"("")"},
        {"plain string over sixteen bytes", R"("the quick brown fox jumps over the lazy dog")"},
        {"every short escape", R"("\"\\\/\b\f\n\r\t")"},
        {"unicode escape", R"("\u00e9\uD83D\uDE00")"},
        {"lone high surrogate escape", R"("\ud800")"},
        {"lone low surrogate escape", R"("\uDFFF x")"},
        {"escaped NUL", R"("\u0000")"},
        {"delete is no control character of JSON", "\"\x7f\""},
        {"two-byte UTF-8", "\"\xC2\x80 \xDF\xBF\""},
        {"three-byte UTF-8", "\"\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF\""},
        {"four-byte UTF-8", "\"\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF\""},
        {"empty array", "[]"},
        {"empty array with blanks", "[ \t\r\n]"},
        {"array", "[1,\"a\",null,[2],{}]"},
        {"empty object", "{}"},
        {"object", R"({"a":1,"b":{"c":[]},"":""})"},
        {"double member", R"({"a":1,"a":2})"},
        {"blanks everywhere", " \n{ \"a\" :\t[ 1 , 2 ] , \"b\" : null }\r\n "},
    };
    return cases;
}

const std::vector<Case>& InvalidCases() {
    static const std::vector<Case> cases = {
        {"nothing", ""},
        {"only blanks", " \n\t "},
        {"two values", "1 2"},
        {"a broken tail", R"({"topic":"a","y":nonsense})"},
        {"something after the value", "{}x"},
        {"NUL after the value", "{}\0"s},
        {"byte order mark", "\xEF\xBB\xBF{}"},
        {"upper-case literal", "True"},
        {"short literal", "tru"},
        {"long literal", "nulll"},
        {"NaN", "NaN"},
        {"Infinity", "-Infinity"},
        {"leading zero", "01"},
        {"minus alone", "-"},
        {"plus sign", "+1"},
        {"no integer part", ".5"},
        {"no fraction digits", "1."},
        {"no fraction digits before exponent", "1.e5"},
        {"no exponent digits", "1e"},
        {"no exponent digits after sign", "1e+"},
        {"hexadecimal", "0x10"},
        {"number with blank inside", "1 .5"},
        {"unclosed string", "\"abc"},
        {"single quotes", "'a'"},
        {"raw newline in string", "\"a\nb\""},
        {"raw tab in string", "\"\t\""},
        {"raw NUL in string", "\"a\0b\""s},
        {"raw control after sixteen bytes", "\"0123456789abcdef\x1f\""},
        {"unknown escape", R"("\x41")"},
        {"escaped quote of another language", R"("\'")"},
        {"short unicode escape", R"("\u12")"},
        {"bad unicode escape", R"("\u12g4")"},
        {"upper-case unicode escape", R"("\U0041")"},
        {"lone continuation byte", "\"\x80\""},
        {"overlong two bytes", "\"\xC0\xAF\""},
        {"overlong three bytes", "\"\xE0\x80\xAF\""},
        {"overlong four bytes", "\"\xF0\x80\x80\xAF\""},
        {"raw surrogate", "\"\xED\xA0\x80\""},
        {"past U+10FFFF", "\"\xF4\x90\x80\x80\""},
        {"byte F5", "\"\xF5\x80\x80\x80\""},
        {"cut character", "\"\xE2\x82\""},
        {"UTF-8 outside a string", "[\xC3\xA9]"},
        {"no-break space as blank", "[\xC2\xA0]"},
        {"vertical tab as blank", "[\v]"},
        {"unclosed array", "[1"},
        {"trailing comma in array", "[1,]"},
        {"leading comma in array", "[,1]"},
        {"double comma", "[1,,2]"},
        {"missing comma", "[1 2]"},
        {"wrong bracket", "[1}"},
        {"unclosed object", "{\"a\":1"},
        {"trailing comma in object", "{\"a\":1,}"},
        {"member without value", "{\"a\"}"},
        {"member without value after colon", "{\"a\":}"},
        {"member without colon", "{\"a\" 1}"},
        {"name without quotes", "{a:1}"},
        {"number as name", "{1:2}"},
        {"wrong brace", "{\"a\":1]"},
        {"colon in array", "[\"a\":1]"},
        {"comment", "[1/*x*/]"},
        {"close without open", "]"},
    };
    return cases;
}

TEST(JsonCheck, TakesWhatTheGrammarAllows) {
    for (const Case& one : ValidCases())
        EXPECT_TRUE(Valid(one.text)) << one.rule;
}

TEST(JsonCheck, RefusesWhatTheGrammarDoesNot) {
    for (const Case& one : InvalidCases()) {
        const Result<void> checked = Check(one.text);
        ASSERT_FALSE(checked.has_value()) << one.rule;
        EXPECT_EQ(checked.error().code, ErrorCode::kBadInput) << one.rule;
    }
}

TEST(JsonCheck, SaysWhereAndWhatWasExpected) {
    EXPECT_EQ(Check("[1,\n x]").error().context, "invalid JSON at byte 5: a value was expected");
    EXPECT_EQ(
        Check(R"({"a":1)").error().context, "JSON ends at byte 6 where ',' or '}' was expected"
    );
    EXPECT_EQ(
        Check("\"\xFF\"").error().context, "invalid JSON at byte 1: well-formed UTF-8 was expected"
    );
}

TEST(JsonCheck, RefusesEveryTruncation) {
    const std::string document =
        "{\"name\":\"caf\xC3\xA9 \xF0\x9F\x98\x80 \\u00e9\\n\",\"list\":[1,-2.50e+7,true,null,{}],"
        "\"deep\":{\"a\":[[\"0123456789abcdef0123456789\"]]},\"f\":false}";
    ASSERT_TRUE(Valid(document));
    for (std::size_t size = 0; size < document.size(); ++size) {
        EXPECT_FALSE(Valid(document.substr(0, size))) << size;
    }
}

TEST(JsonCheck, BoundsDepth) {
    const auto nested = [](std::size_t depth) {
        std::string text;
        for (std::size_t level = 0; level < depth; ++level)
            text += level % 2 ? "{\"a\":" : "[";
        text += "1";
        for (std::size_t level = depth; level-- > 0;)
            text += level % 2 ? '}' : ']';
        return text;
    };
    EXPECT_TRUE(Valid(nested(limits::kJsonDepthMax)));
    const Result<void> too_deep = Check(nested(limits::kJsonDepthMax + 1));
    ASSERT_FALSE(too_deep.has_value());
    EXPECT_EQ(too_deep.error().code, ErrorCode::kTooLarge);
    EXPECT_FALSE(Valid(std::string(100'000, '[')));
    EXPECT_TRUE(Check(nested(700), CheckLimits{.depth_max = 1024}).has_value());
    EXPECT_FALSE(Check("[]", CheckLimits{.depth_max = 0}).has_value());
}

TEST(JsonCheck, BoundsSize) {
    const CheckLimits ten{.bytes_max = 10};
    EXPECT_TRUE(Check("\"12345678\"", ten).has_value());
    const Result<void> too_large = Check("\"123456789\"", ten);
    ASSERT_FALSE(too_large.has_value());
    EXPECT_EQ(too_large.error().code, ErrorCode::kTooLarge);
}

// A special byte at every place relative to the sixteen-byte blocks the checker reads.
TEST(JsonCheck, FindsSpecialBytesAtEveryOffset) {
    for (std::size_t before = 0; before < 40; ++before) {
        for (std::size_t after = 0; after < 20; ++after) {
            const auto with = [&](std::string_view special) {
                std::string text = "\"";
                text.append(before, 'x').append(special).append(after, 'y') += '"';
                return text;
            };
            EXPECT_FALSE(Valid(with("\x1f")));
            EXPECT_FALSE(Valid(with("\xff")));
            EXPECT_FALSE(Valid(with("\"")));
            EXPECT_FALSE(Valid(with("\\q")));
            EXPECT_TRUE(Valid(with("\\n")));
            EXPECT_TRUE(Valid(with("\xE2\x82\xAC")));
        }
    }
}

/// simdjson's DOM refuses numbers out of range, which the grammar allows. Such a text has an
/// exponent or a very long number.
bool MayBeOutOfRange(const std::string& text) {
    std::size_t digits = 0;
    for (const char byte : text) {
        if (byte == 'e' || byte == 'E') return true;
        digits = byte >= '0' && byte <= '9' ? digits + 1 : 0;
        if (digits >= 19) return true;
    }
    return false;
}

void ExpectSameVerdict(simdjson::dom::parser& parser, const std::string& text) {
    simdjson::dom::element element;
    const simdjson::error_code error = parser.parse(text).get(element);
    if (error == simdjson::NUMBER_ERROR && MayBeOutOfRange(text)) return;
    const Result<void> mine = Check(text, CheckLimits{.depth_max = 1000});
    EXPECT_EQ(mine.has_value(), error == simdjson::SUCCESS)
        << text << "\nsimdjson: " << simdjson::error_message(error)
        << "\nmine: " << (mine ? "valid" : mine.error().context);
}

/// Lone surrogate escapes are grammatical (they pass here) but simdjson refuses them.
bool HasSurrogateEscape(const std::string& text) {
    return text.find("\\ud8") != std::string::npos || text.find("\\uD") != std::string::npos;
}

TEST(JsonCheck, AgreesWithSimdjsonOnRandomMutations) {
    simdjson::dom::parser parser;
    Random random(20260731);
    std::vector<std::string> seeds;
    for (const Case& one : ValidCases()) {
        if (!HasSurrogateEscape(one.text)) seeds.push_back(one.text);
    }
    const std::string alphabet = "{}[]\",:\\ 0123456789.eE+-truefalsn\n\tu/\x7f\x1f\x80\xC3\xA9";
    for (int round = 0; round < 60'000; ++round) {
        std::string text = seeds[random.Below(seeds.size())];
        const std::uint64_t edits = random.Below(3);
        for (std::uint64_t edit = 0; edit < edits; ++edit) {
            const char byte = alphabet[random.Below(alphabet.size())];
            const std::size_t place = random.Below(text.size() + 1);
            const std::uint64_t kind = random.Below(3);
            if (kind == 0 || place == text.size()) {
                text.insert(place, 1, byte);
            } else if (kind == 1) {
                text[place] = byte;
            } else {
                text.erase(place, 1);
            }
        }
        if (HasSurrogateEscape(text)) continue;
        ExpectSameVerdict(parser, text);
    }
}

TEST(Quote, EscapesWhatMustBe) {
    EXPECT_EQ(Quote(""), R"("")");
    EXPECT_EQ(Quote("plain"), R"("plain")");
    EXPECT_EQ(Quote("a\"b\\c/d"), R"("a\"b\\c/d")");
    EXPECT_EQ(Quote("\b\f\n\r\t"), R"("\b\f\n\r\t")");
    EXPECT_EQ(Quote("\0\x01\x1f"s + "\x7f"), "\"\\u0000\\u0001\\u001f\x7f\"");
    EXPECT_EQ(Quote("\xE2\x80\xA8\xE2\x80\xA9"), R"("\u2028\u2029")");
    EXPECT_EQ(Quote("caf\xC3\xA9"), "\"caf\xC3\xA9\"");
}

TEST(Quote, ReplacesMalformedUtf8) {
    const std::string fffd = "\xEF\xBF\xBD";
    EXPECT_EQ(Quote("a\xFFz"), "\"a" + fffd + "z\"");
    EXPECT_EQ(Quote("\xE2\x82"), "\"" + fffd + "\"");                    // one for a cut character
    EXPECT_EQ(Quote("\xED\xA0\x80"), "\"" + fffd + fffd + fffd + "\"");  // raw surrogate
    EXPECT_EQ(Quote("\xC3("), "\"" + fffd + "(\"");
}

TEST(Quote, IsAlwaysValidJson) {
    Random random(7);
    for (int round = 0; round < 5'000; ++round) {
        std::string text(random.Below(40), ' ');
        for (char& byte : text)
            byte = static_cast<char>(random.Below(256));
        EXPECT_TRUE(Valid(Quote(text)));
    }
}

TEST(Quote, AppendsToWhatIsThere) {
    std::string out = "[1,";
    AppendQuoted(out, "x");
    EXPECT_EQ(out, "[1,\"x\"");
}

TEST(Utf8, CountsCharacters) {
    EXPECT_EQ(Utf8Length("caf\xC3\xA9 \xF0\x9F\x98\x80"), 6u);
    EXPECT_TRUE(IsUtf8("caf\xC3\xA9"));
    EXPECT_FALSE(IsUtf8("caf\xC3"));
    EXPECT_TRUE(IsUtf8(""));
}

}  // namespace
}  // namespace flux::json
