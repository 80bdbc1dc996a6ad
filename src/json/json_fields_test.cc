#include "json/json_fields.h"

#include "base/random.h"
#include "json/json_check.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace flux::json {
namespace {

using namespace std::string_literals;

std::optional<std::string> TextAt(std::string_view document, std::string_view path) {
    EXPECT_TRUE(Check(document).has_value()) << document;
    return FieldPath::Parse(path).value().FindText(document);
}

std::string RawAt(std::string_view document, std::string_view path) {
    EXPECT_TRUE(Check(document).has_value()) << document;
    const auto found = FieldPath::Parse(path).value().Find(document);
    return found ? std::string(*found) : "(none)";
}

TEST(FieldPath, FindsNestedMembersAndItems) {
    const std::string_view document =
        " { \"data\" : {\"product_id\":\"BTC-USD\", \"rows\":[ {\"n\":1} , [2, 3.50] ] }, \"z\":0 "
        "} ";
    EXPECT_EQ(TextAt(document, "data.product_id"), "BTC-USD");
    EXPECT_EQ(TextAt(document, "data.rows.0.n"), "1");
    EXPECT_EQ(TextAt(document, "data.rows.1.1"), "3.50");
    EXPECT_EQ(RawAt(document, "data.rows.1"), "[2, 3.50]");
    EXPECT_EQ(RawAt(document, "data.rows.2"), "(none)");
    EXPECT_EQ(RawAt(document, "data.rows.x"), "(none)");
    EXPECT_EQ(RawAt(document, "data.none.deeper"), "(none)");
    EXPECT_EQ(RawAt(document, "z.deeper"), "(none)");
}

TEST(FieldPath, KeepsEveryDigit) {
    EXPECT_EQ(
        TextAt(R"({"n":123456789012345678901234567890.0000000001e400})", "n"),
        "123456789012345678901234567890.0000000001e400"
    );
}

TEST(FieldPath, TakesOnlyTextNumbersAndBoolsAsText) {
    const std::string_view document = R"({"s":"","t":true,"n":null,"a":[],"o":{}})";
    EXPECT_EQ(TextAt(document, "s"), "");
    EXPECT_EQ(TextAt(document, "t"), "true");
    EXPECT_EQ(TextAt(document, "n"), std::nullopt);
    EXPECT_EQ(TextAt(document, "a"), std::nullopt);
    EXPECT_EQ(TextAt(document, "o"), std::nullopt);
}

TEST(FieldPath, SeesWhatJavaScriptSees) {
    EXPECT_EQ(TextAt(R"({"a":1,"a":{"b":2},"a":3})", "a"), "3");  // the last one counts
    EXPECT_EQ(TextAt(R"({"\u0061b":1})", "ab"), "1");             // escaped names are names
    EXPECT_EQ(TextAt(R"({"x":"}],\"a\":1","a":2})", "a"), "2");   // brackets in strings
    EXPECT_EQ(TextAt(R"({"x":{"a":1},"y":[{"a":2}]})", "a"), std::nullopt);
}

TEST(FieldPath, NamesWithDotsAreEscaped) {
    EXPECT_EQ(TextAt(R"({"a.b":{"c\\d":7}})", R"(a\.b.c\\d)"), "7");
}

TEST(FieldPath, RefusesWhatIsNoPath) {
    for (const char* bad : {"", ".", "a.", ".a", "a..b", "a\\"}) {
        EXPECT_FALSE(FieldPath::Parse(bad).has_value()) << bad;
    }
    EXPECT_FALSE(FieldPath::Parse("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a").has_value());
}

TEST(Unquote, ResolvesEscapes) {
    EXPECT_EQ(Unquote(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(
        Unquote(R"("\u00e9\u20AC\ud83d\uDE00\u0000")"), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\0"s
    );
    EXPECT_EQ(
        Unquote(R"("\ud800x\udc00\ud800\ud800")"),
        "\xEF\xBF\xBDx\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
    );
}

TEST(Unquote, IsTheInverseOfQuote) {
    Random random(11);
    for (int round = 0; round < 5'000; ++round) {
        std::string text;
        for (std::uint64_t left = random.Below(30); left > 0; --left) {
            const char* const pieces[] = {
                "\n", "\"", "\\", "a", "\xC3\xA9", "\xE2\x80\xA8", "\xF0\x9F\x98\x80", "/", "\x01"};
            text += pieces[random.Below(std::size(pieces))];
        }
        EXPECT_EQ(Unquote(Quote(text)), text);
    }
}

TEST(Readers, StepThroughAll) {
    std::vector<std::string> items;
    for (ArrayReader array(R"([ "a,b" , 1, {"x":[1,2]},[],null ])"); array.Next();) {
        items.emplace_back(array.value());
    }
    EXPECT_EQ(items, (std::vector<std::string>{"\"a,b\"", "1", "{\"x\":[1,2]}", "[]", "null"}));

    std::string seen;
    for (ObjectReader object(R"({ "a" : 1 ,"b\n":[2] })"); object.Next();) {
        seen += object.name() + "=" + std::string(object.value()) + ";";
    }
    EXPECT_EQ(seen, "a=1;b\n=[2];");
    EXPECT_FALSE(ArrayReader("{}").Next());
    EXPECT_FALSE(ObjectReader("[]").Next());
    EXPECT_FALSE(ArrayReader("[ ]").Next());
}

TEST(Scalars, AreReadExactlyOrNotAtAll) {
    EXPECT_EQ(AsInteger(" 1774000501733 "), 1774000501733);
    EXPECT_EQ(AsInteger("-9223372036854775808"), INT64_MIN);
    EXPECT_EQ(AsInteger("9223372036854775808"), std::nullopt);
    EXPECT_EQ(AsInteger("1.0"), std::nullopt);
    EXPECT_EQ(AsInteger("1e3"), std::nullopt);
    EXPECT_EQ(AsInteger("\"1\""), std::nullopt);
    EXPECT_EQ(AsNumber(" -1.5e3 "), -1500);
    EXPECT_EQ(AsNumber("1.2E-05"), 1.2e-05);
    EXPECT_EQ(AsNumber("9007199254740993"), 9007199254740992.0);
    for (const char* none : {"1e400", "-1e400", "1e-400", "\"1\"", "null", "true", "[1]", "{}", ""})
        EXPECT_EQ(AsNumber(none), std::nullopt) << none;
    EXPECT_EQ(AsString("\"x\""), "x");
    EXPECT_EQ(AsString("1"), std::nullopt);
    EXPECT_EQ(KindOf(" [1]"), Kind::kArray);
    EXPECT_EQ(KindOf("-1"), Kind::kNumber);
}

// Checked or not, nothing outside the view is read (the sanitizer watches) and every look-up ends.
TEST(Readers, SurviveAnything) {
    Random random(3);
    const std::string alphabet = "{}[]\",:\\ u0d8e1";
    const FieldPath path = FieldPath::Parse("a.0").value();
    for (int round = 0; round < 20'000; ++round) {
        std::vector<char> exact(random.Below(24));
        for (char& byte : exact)
            byte = alphabet[random.Below(alphabet.size())];
        const std::string_view text(exact.data(), exact.size());
        (void)path.FindText(text);
        (void)Unquote(text);
        for (ArrayReader items(text); items.Next();)
            (void)AsString(items.value());
        for (ObjectReader members(text); members.Next();)
            (void)members.name();
    }
}

}  // namespace
}  // namespace flux::json
