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
        Rendered("{key}{key}", std::string(300, 'x'), ""),
        "render: '{key}{key}' becomes a name of 600 bytes, 512 are allowed"
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

std::string Apart(std::string_view text, std::string_view name) {
    const auto parsed = RoomTemplate::Parse(text, Source::kRecord).value();
    const auto values = parsed.TakeApart(name);
    if (!values) return "no";
    std::string found;
    for (const auto& [placeholder, value] : *values)
        found += placeholder + "=" + value + ";";
    return found;
}

TEST(RoomTemplate, IsTakenApartAgain) {
    EXPECT_EQ(Apart("crypto.global", "crypto.global"), "");
    EXPECT_EQ(Apart("crypto.global", "crypto.globals"), "no");
    EXPECT_EQ(Apart("orders.{key}", "orders.eu-7"), "key=eu-7;");
    EXPECT_EQ(Apart("orders.{key}", "orders."), "no");
    EXPECT_EQ(Apart("orders.{key}", "order.7"), "no");
    EXPECT_EQ(Apart("orders.{key}", "my.orders.7"), "no");
    EXPECT_EQ(Apart("orders.{key}.x", "orders.a.b.x"), "key=a.b;");
    EXPECT_EQ(Apart("w.{city}.{iso}", "w.pune.IN"), "city=pune;iso=IN;");
    EXPECT_EQ(Apart("w.{city}.{iso}", "w.st. louis.US"), "city=st. louis;iso=US;");
    EXPECT_EQ(Apart("w.{city}.{iso}", "w.pune"), "no");
    EXPECT_EQ(Apart("{key}", "anything.at all"), "key=anything.at all;");
    EXPECT_EQ(Apart("{a}/{a}", "x/x"), "a=x;");
    EXPECT_EQ(Apart("{a}/{a}", "x/y"), "no");
    EXPECT_EQ(Apart("{a}.x.{b}", "1.x.2"), "a=1;b=2;");
}

TEST(RoomTemplate, IsFilledWithTheValuesOfAnother) {
    const auto room = RoomTemplate::Parse("w.{city}.{iso}", Source::kRecord).value();
    const auto key = RoomTemplate::Parse("weather:{iso}:{city}", Source::kRecord).value();
    EXPECT_EQ(key.Fill(*room.TakeApart("w.st. louis.US")).value(), "weather:US:st. louis");
    EXPECT_FALSE(key.Fill({{"city", "pune"}}));
    EXPECT_EQ(key.head(), "weather:");
    EXPECT_EQ(key.placeholders(), (std::vector<std::string>{"iso", "city"}));
    EXPECT_TRUE(key.apart());
    EXPECT_FALSE(RoomTemplate::Parse("a{b}{c}", Source::kRecord)->apart());
}

}  // namespace
}  // namespace flux::gateway
