#include "simulator/body_twist.h"

#include "json/json_check.h"
#include "simulator/json_text.h"
#include "simulator/simulator_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

namespace flux::simulator {
namespace {

using ::testing::HasSubstr;

const BodyShape kShape{{"wind.deg", "rows"}, {"wind.deg", "a"}, {"name"}};

TEST(BodyTwist, ChangesTheFieldsItIsTold) {
    const std::string body = R"({"a":1,"wind":{"deg":3,"speed":2},"list":[{"wind":{"deg":4}}],)"
                             R"("swind":{"deg":5}})";
    EXPECT_EQ(
        Twist(body, FaultKind::kNulls, kShape),
        R"({"a":1,"wind":{"deg":null,"speed":2},"list":[{"wind":{"deg":null}}],"swind":{"deg":5}})"
    );
    EXPECT_EQ(
        Twist(body, FaultKind::kMissingFields, kShape),
        R"({"wind":{"speed":2},"list":[{"wind":{}}],"swind":{"deg":5}})"
    );
    EXPECT_EQ(WithField(R"([{"x":1},{"y":2}])", "x", "[null]"), R"([{"x":[null]},{"y":2}])");
    EXPECT_EQ(Twist("<html>", FaultKind::kNulls, kShape), "<html>");
    EXPECT_EQ(Twist("[1,", FaultKind::kBrokenRows, kShape), "[1,");
}

TEST(BodyTwist, WritesNumbersWithExponents) {
    for (const auto& [plain, wanted] : std::vector<std::pair<std::string, std::string>>{
             {"31.42", "3.142e+01"},
             {"0.000012", "1.2e-05"},
             {"-5", "-5e+00"},
             {"0", "0e+00"},
             {"0.0", "0e+00"},
             {"120", "1.2e+02"},
             {"73150422110", "7.315042211e+10"},
             {"1.5E3", "1.5E3"}}) {
        EXPECT_EQ(WithExponent(plain), wanted);
        EXPECT_EQ(
            std::strtod(WithExponent(plain).c_str(), nullptr), std::strtod(plain.c_str(), nullptr)
        );
    }
    EXPECT_EQ(
        Twist(R"({"n":[12,"12",null]})", FaultKind::kExponents, kShape),
        R"({"n":[1.2e+01,"12",null]})"
    );
    EXPECT_EQ(Twist("[1,-2]", FaultKind::kInfiniteNumbers, kShape), "[1e400,1e400]");
    EXPECT_EQ(Twist(R"({"a":1,"b":"x"})", FaultKind::kWrongTypes, kShape), R"({"a":"1","b":3})");
}

TEST(BodyTwist, PutsMarkupAndLengthIntoTexts) {
    const std::string body = R"({"name":"Pune","id":"x","list":[{"name":"\"q\""}]})";
    const std::string html = Twist(body, FaultKind::kHtmlTexts, kShape);
    EXPECT_TRUE(json::Check(html)) << html;
    EXPECT_THAT(TextAt(html, "name"), HasSubstr("<script>"));
    EXPECT_THAT(TextAt(html, "list.0.name"), HasSubstr("</script>&amp; \"q\""));
    EXPECT_EQ(TextAt(html, "id"), "x");
    EXPECT_EQ(TextAt(Twist(body, FaultKind::kHugeTexts, kShape), "name").size(), 100'004u);
}

TEST(BodyTwist, BreaksEverySecondRow) {
    EXPECT_EQ(
        Twist(
            R"({"r":[{"a":1},{"a":2},{"a":3},{"a":4},{"a":[1,2]},{"a":6},{},{}]})",
            FaultKind::kBrokenRows,
            kShape
        ),
        R"({"r":[{"a":1},5,{"a":3},null,{"a":[1,2]},"row",{},{}]})"
    );
}

TEST(JsonText, WritesWhatAParserReads) {
    JsonText json;
    json.Open('{').Text("t", "a\"\n\xff").Integer("i", std::numeric_limits<std::int64_t>::min());
    json.Number("n", 31.420000001, 2).Number("z", -0.0001, 2).Digits("d", 0.0000123456, 3);
    json.Bool("b", true).Null("x").Open("l", '[').Integer(1).Text("2").Open('{').Close().Close();
    const std::string text = json.Close().Take();
    EXPECT_TRUE(json::Check(text));
    EXPECT_EQ(
        text,
        "{\"t\":\"a\\\"\\n\xef\xbf\xbd\",\"i\":-9223372036854775808,\"n\":31.42,\"z\":0,"
        "\"d\":1.23e-05,\"b\":true,\"x\":null,\"l\":[1,\"2\",{}]}"
    );
    EXPECT_EQ(json.Open('[').Close().Take(), "[]");
}

}  // namespace
}  // namespace flux::simulator
