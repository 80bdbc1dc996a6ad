#include "config/toml_document.h"

#include "base/units.h"
#include "limits/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace flux::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kRows = R"([http]
port = 8080

[[route]]
topic = "shop.orders"
room = "orders.{region}"
match = {key = "a", fields.kind = "new"}
snapshot.ttl = "5m"
keys_max = 7
latest = true
rooms = ["a", "b"]

[[intent]]
event = "orders:watch"
[[route]]
topic = 5
romo = "x"
)";

TEST(TomlDocument, ReadsValuesByDottedNameWithTheirLines) {
    Problems problems;
    const auto document = TomlDocument::Parse(
        "shards = 2\n[http]\nport = 80\naddresses = [\"::1\"]\n[crypto]\nrate = 1.5\nlive = true\n",
        "flux.toml",
        problems
    );
    EXPECT_TRUE(problems.empty()) << problems.ToString();
    ASSERT_EQ(document.values.size(), 5U);
    EXPECT_EQ(document.values[0].name, "shards");
    EXPECT_EQ(document.values[0].place.text(), "flux.toml:1");
    EXPECT_EQ(document.values[1].name, "http.port");
    EXPECT_EQ(std::get<std::int64_t>(document.values[1].value), 80);
    EXPECT_EQ(document.values[1].place.text(), "flux.toml:3");
    EXPECT_THAT(std::get<std::vector<std::string>>(document.values[2].value), ElementsAre("::1"));
    EXPECT_EQ(std::get<double>(document.values[3].value), 1.5);
    EXPECT_EQ(std::get<bool>(document.values[4].value), true);
}

TEST(TomlDocument, ReadsRowsInOrderWithFlatFields) {
    Problems problems;
    const auto document = TomlDocument::Parse(kRows, "flux.toml", problems);
    EXPECT_TRUE(problems.empty()) << problems.ToString();
    ASSERT_EQ(document.rows.size(), 3U);
    EXPECT_EQ(document.rows[1].kind(), "intent");
    const Table& row = document.rows[0];
    EXPECT_EQ(row.kind(), "route");
    EXPECT_EQ(row.place().text(), "flux.toml:4");
    EXPECT_EQ(row.Text("topic", problems), "shop.orders");
    EXPECT_EQ(row.Text("match.key", problems), "a");
    EXPECT_EQ(row.Text("match.fields.kind", problems), "new");
    EXPECT_EQ(row.Duration("snapshot.ttl", 1s, problems), 5min);
    EXPECT_EQ(row.Integer("keys_max", problems), 7);
    EXPECT_EQ(row.Bytes("keys_max", problems), 7U);
    EXPECT_EQ(row.Bool("latest", problems), true);
    EXPECT_THAT(*row.Texts("rooms", problems), ElementsAre("a", "b"));
    EXPECT_THAT(*row.Texts("room", problems), ElementsAre("orders.{region}"));
    EXPECT_EQ(row.Text("absent", problems), std::nullopt);
    EXPECT_EQ(row.PlaceOf("match.key").text(), "flux.toml:7");
    EXPECT_EQ(row.PlaceOf("absent").text(), "flux.toml:4");
    EXPECT_TRUE(problems.empty()) << problems.ToString();
}

TEST(TomlDocument, RowsComplainWithLineAndNearestName) {
    Problems problems;
    const auto document = TomlDocument::Parse(kRows, "flux.toml", problems);
    const Table& row = document.rows[2];
    EXPECT_EQ(row.Text("topic", problems), std::nullopt);
    constexpr std::array<std::string_view, 3> kKnown{"topic", "room", "event"};
    row.RefuseUnknown(kKnown, problems);
    EXPECT_THAT(
        problems.lines(),
        ElementsAre(
            "flux.toml:16: topic of a [[route]] must be text in quotes, not 5",
            "flux.toml:17: a [[route]] has no field romo; did you mean room?"
        )
    );
}

TEST(TomlDocument, GrammarMistakesNameTheirLine) {
    Problems problems;
    TomlDocument::Parse("shards = 2\nhttp.port = = 3\n", "flux.toml", problems);
    ASSERT_EQ(problems.lines().size(), 1U);
    EXPECT_THAT(problems.lines()[0], HasSubstr("flux.toml:2: this is not TOML: "));
}

TEST(TomlDocument, KindsThatNoSettingHasAreProblemsAndTheRestIsRead) {
    Problems problems;
    const auto document = TomlDocument::Parse(
        "born = 1979-05-27\nlist = [1, 2]\nmixed = [\"a\", 2]\nshards = 1\n", "f", problems
    );
    EXPECT_EQ(document.values.size(), 1U);
    EXPECT_EQ(problems.lines().size(), 3U) << problems.ToString();
}

TEST(TomlDocument, NamesOfEndlessPartsAreRefusedBeforeTheyOverflowTheStack) {
    const auto repeated = [](std::string_view part, int times) {
        std::string text;
        for (int i = 0; i < times; ++i)
            text += part;
        return text;
    };
    for (const std::string& text :
         {"b = 1\n" + repeated("a.", 200'000) + "a = 1",
          "\n[" + repeated("a . ", 100'000) + "a]",
          "\nb = {" + repeated("\"=\".", 100'000) + "a = 1}"}) {
        Problems problems;
        TomlDocument::Parse(text, "f", problems);
        EXPECT_THAT(problems.lines(), ElementsAre(HasSubstr("f:2: a name has at most 64 parts")));
    }
    const std::string harmless = "# " + repeated("a.", 100) + "\n# " + repeated(".", 100) +
                                 "\na = '" + repeated("b.", 100) + "'\n" + repeated("c.", 60) +
                                 "d = 1\n";
    Problems problems;
    EXPECT_EQ(TomlDocument::Parse(harmless, "f", problems).values.size(), 2U);
    EXPECT_TRUE(problems.empty()) << problems.ToString();
}

TEST(TomlDocument, TakesAnyBytes) {
    for (const std::string& text :
         {std::string("\xff\xfe\0\0", 4),
          std::string(100'000, '['),
          std::string(100'000, '{'),
          "a = " + std::string(5'000, '[') + std::string(5'000, ']'),
          std::string("a = \"\xc3(\""),
          std::string("\xef\xbb\xbf"),
          std::string(limits::kConfigBytesMax + 1, ' ')}) {
        Problems problems;
        TomlDocument::Parse(text, "f", problems);
    }
    Problems problems;
    EXPECT_THAT(TomlDocument::Parse("", "f", problems).values, IsEmpty());
}

}  // namespace
}  // namespace flux::config
