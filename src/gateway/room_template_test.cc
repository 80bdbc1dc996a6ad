#include "gateway/room_template.h"

#include <gtest/gtest.h>

#include <string>

namespace flux::gateway {
namespace {

using Source = RoomTemplate::Source;

std::string Rendered(
    std::string_view text, std::optional<std::string_view> key, std::string_view json
) {
    const auto parsed = RoomTemplate::Parse(text, Source::kRecord);
    if (!parsed) return "parse: " + parsed.error().context;
    const TemplateSource source{.key = key, .json = json};
    const auto room = parsed->Render(source);
    return room ? *room : "render: " + room.error().context;
}

TEST(RoomTemplate, PutsValuesIntoPlaces) {
    EXPECT_EQ(Rendered("crypto.global", {}, ""), "crypto.global");
    EXPECT_EQ(Rendered("orders.{key}", "eu-7", ""), "orders.eu-7");
    EXPECT_EQ(Rendered("{a.b}/{key}/{n}", "k", R"({"a":{"b":"x y"},"n":1e400})"), "x y/k/1e400");
    EXPECT_EQ(Rendered("r.{\\key}", "raw", R"({"key":"field"})"), "r.field");
    EXPECT_EQ(Rendered("r.{}", {}, "\"eu\""), "r.eu");
    EXPECT_EQ(Rendered("r.{list.1}", {}, R"({"list":[1,true]})"), "r.true");
}

TEST(RoomTemplate, RefusesValuesThatAreNoNames) {
    EXPECT_EQ(Rendered("r.{key}", {}, "{}"), "render: no value for '{key}'");
    EXPECT_EQ(Rendered("r.{a}", "k", "{}"), "render: no value for '{a}'");
    EXPECT_EQ(Rendered("r.{a}", "k", ""), "render: no value for '{a}'");
    EXPECT_EQ(Rendered("r.{a}", "k", R"({"a":{}})"), "render: no value for '{a}'");
    EXPECT_EQ(Rendered("r.{a}", "k", R"({"a":""})"), "render: the value of '{a}' is empty");
    EXPECT_EQ(
        Rendered("r.{a}", "k", R"({"a":"x\u0000"})"),
        "render: the value of '{a}' has control characters"
    );
    EXPECT_EQ(Rendered("r.{key}", "\xFF", ""), "render: the value of '{key}' is not UTF-8");
    EXPECT_EQ(
        Rendered("r.{key}", std::string(1000, 'x'), ""),
        "render: the value of '{key}' is too long for a name"
    );
    EXPECT_EQ(
        Rendered("{key}{key}", std::string(200, 'x'), ""),
        "render: '{key}{key}' becomes a name of 400 bytes, 256 are allowed"
    );
}

TEST(RoomTemplate, SaysWhatIsWrongWithATemplate) {
    EXPECT_EQ(Rendered("", {}, ""), "parse: the template is empty");
    EXPECT_EQ(Rendered("a{b", {}, ""), "parse: '{b' is not closed");
    EXPECT_EQ(Rendered("a}b", {}, ""), "parse: '}b' closes a brace that is not open");
    EXPECT_EQ(Rendered("a\nb", {}, ""), "parse: the template has control characters");
    EXPECT_EQ(Rendered("{a..b}", {}, ""), "parse: field path 'a..b': a step is empty");
}

TEST(RoomTemplate, KnowsNoKeyInClientEvents) {
    EXPECT_FALSE(RoomTemplate::Parse("orders.{key}", Source::kClientEvent).has_value());
    EXPECT_TRUE(RoomTemplate::Parse("orders.{\\key}", Source::kClientEvent).has_value());
}

TEST(RoomTemplate, KnowsWhatItNeeds) {
    EXPECT_FALSE(RoomTemplate::Parse("a.{key}", Source::kRecord)->needs_json());
    EXPECT_TRUE(RoomTemplate::Parse("a.{key}.{b}", Source::kRecord)->needs_json());
    EXPECT_TRUE(RoomTemplate::Parse("a.{}", Source::kRecord)->needs_json());
    EXPECT_TRUE(RoomTemplate::Literal("a").is_literal());
}

}  // namespace
}  // namespace flux::gateway
