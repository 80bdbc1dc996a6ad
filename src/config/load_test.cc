#include "config/load.h"

#include "base/units.h"
#include "config/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace flux::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

enum class Source { kAuto, kLive };

bool IsUpperCase(std::string_view text) {
    return !text.empty() && text.find_first_of("abcdefghijklmnopqrstuvwxyz") == text.npos;
}

/// One setting of every type, and a directory for files that goes with the test.
class LoadTest : public testing::Test {
public:
    LoadTest() {
        registry_.AddText("name", &name_, {}, "What it is called.");
        registry_.AddInteger("shards", &shards_, {0, 64}, "threads", "How many threads.");
        registry_.AddPort("http.port", &port_, "any free port", "Where the page is.");
        registry_.AddBool("http.on", &on_, "Whether it listens.");
        registry_.AddDouble("rate", &rate_, {0.5, 8}, "per second", "How fast.");
        registry_.AddDuration("flush", &flush_, {10ms, 1h}, 1s, "How often.");
        registry_.AddBytes("outbox", &outbox_, {1 * KiB, 1 * MiB}, "How much waits.");
        registry_.AddChoice<Source>(
            "source", &source_, {{"auto", Source::kAuto}, {"live", Source::kLive}}, "Whose prices."
        );
        TextRule product{.what = "a product in upper case", .accept = IsUpperCase};
        registry_.AddList("products", &products_, product, 3, "Which | products.");
        registry_.AddSecret("admin.token", &token_, "Who may administrate.");
        registry_.AddRows("route", &routes_, "What goes where.");
        std::string pattern = (std::filesystem::temp_directory_path() / "flux-config-XXXXXX");
        directory_ = ::mkdtemp(pattern.data());
        sources_.secrets_directory = directory_ / "secrets";
        std::filesystem::create_directory(sources_.secrets_directory);
    }

    ~LoadTest() override { std::filesystem::remove_all(directory_); }

protected:
    std::string WriteFile(const std::string& name, std::string_view text, mode_t mode = 0600) {
        const std::filesystem::path path = directory_ / name;
        std::ofstream(path, std::ios::binary) << text;
        ::chmod(path.c_str(), mode);
        return path.string();
    }

    void UseFile(std::string_view text) { sources_.file = WriteFile("flux.toml", text); }

    std::vector<std::string> Complaints() {
        loaded_ = Load(registry_, sources_);
        return loaded_.problems.lines();
    }

    std::string At(int line) const { return fmt::format("{}:{}: ", sources_.file, line); }

    std::string name_ = "flux";
    std::uint32_t shards_ = 0;
    std::uint16_t port_ = 5173;
    bool on_ = true;
    double rate_ = 2;
    Milliseconds flush_{1000};
    std::size_t outbox_ = 256 * KiB;
    Source source_ = Source::kAuto;
    std::vector<std::string> products_{"BTC-USD"};
    Secret token_;
    std::vector<Table> routes_;
    Registry registry_;
    std::filesystem::path directory_;
    Sources sources_;
    Loaded loaded_;
};

TEST_F(LoadTest, WithoutSourcesDefaultsStay) {
    EXPECT_THAT(Complaints(), IsEmpty());
    EXPECT_EQ(port_, 5173);
    EXPECT_EQ(registry_.Find("http.port")->place.text(), "default");
}

TEST_F(LoadTest, AFileSetsEveryType) {
    UseFile(R"(name = "x"
shards = 3
rate = 4
flush = "250ms"
outbox = "16KiB"
source = "live"
products = ["ETH-USD", "SOL-USD"]
[http]
port = 0
on = false
[[route]]
topic = "a"
)");
    EXPECT_THAT(Complaints(), IsEmpty());
    EXPECT_EQ(name_, "x");
    EXPECT_EQ(shards_, 3U);
    EXPECT_EQ(rate_, 4);
    EXPECT_EQ(flush_, 250ms);
    EXPECT_EQ(outbox_, 16 * KiB);
    EXPECT_EQ(source_, Source::kLive);
    EXPECT_THAT(products_, ElementsAre("ETH-USD", "SOL-USD"));
    EXPECT_EQ(port_, 0);
    EXPECT_FALSE(on_);
    EXPECT_EQ(routes_.size(), 1U);
    EXPECT_EQ(registry_.Find("http.port")->place.text(), sources_.file + ":9");
}

TEST_F(LoadTest, TheEnvironmentAndFlagsSetEveryType) {
    sources_.environment = {
        "PATH=/bin",
        "FLUX_NAME=y",
        "FLUX_SHARDS=2",
        "FLUX_HTTP_ON=false",
        "FLUX_RATE=0.5",
        "FLUX_FLUSH=3",
        "FLUX_SOURCE=live",
        "FLUX_PRODUCTS= A , B"};
    Problems problems;
    sources_.flags = ReadFlags(
        registry_, {"--outbox=2KiB", "--http.port", "81", "--http.on", "--flush=4s"}, problems
    );
    EXPECT_TRUE(problems.empty()) << problems.ToString();
    EXPECT_THAT(Complaints(), IsEmpty());
    EXPECT_EQ(name_, "y");
    EXPECT_EQ(shards_, 2U);
    EXPECT_TRUE(on_) << "the flag comes last";
    EXPECT_EQ(rate_, 0.5);
    EXPECT_EQ(flush_, 4s) << "the flag comes last";
    EXPECT_EQ(source_, Source::kLive);
    EXPECT_THAT(products_, ElementsAre("A", "B"));
    EXPECT_EQ(outbox_, 2 * KiB);
    EXPECT_EQ(port_, 81);
}

TEST_F(LoadTest, TheLaterSourceWins) {
    UseFile("http.port = 1\nshards = 1\nname = \"file\"\n");
    sources_.environment = {"FLUX_HTTP_PORT=2", "FLUX_SHARDS=2"};
    sources_.flags = {Flag{"http.port", "3"}};
    EXPECT_THAT(Complaints(), IsEmpty());
    EXPECT_EQ(port_, 3);
    EXPECT_EQ(shards_, 2U);
    EXPECT_EQ(name_, "file");
    EXPECT_EQ(registry_.Find("http.port")->place.text(), "--http.port");
    EXPECT_EQ(registry_.Find("shards")->place.text(), "FLUX_SHARDS");
}

TEST_F(LoadTest, EverythingWrongIsToldAtOnceWithPlaceBoundsAndNearestName) {
    UseFile("shards = 65\nhttp.prot = 5\nflush = \"2h\"\n[[rout]]\ntopic = 1\n[route]\na = 1\n");
    sources_.environment = {"FLUX_HTTP_PROT=1", "FLUX_OUTBOX=1TB"};
    sources_.flags = {Flag{"http.ports", "1"}, Flag{"source", "simulated"}};
    EXPECT_THAT(
        Complaints(),
        ElementsAre(
            At(1) + "shards must be a whole number from 0 to 64, not 65",
            At(2) + "http.prot is no setting; did you mean http.port?",
            At(3) + "flush must be a duration such as \"25s\" or \"250ms\", from 10ms to 1h, not "
                    "\"2h\"",
            At(7) + "route is a list of rows; write [[route]], with two brackets",
            At(4) + "there are no rows [[rout]]; did you mean route?",
            "FLUX_HTTP_PROT: no setting has this variable; did you mean FLUX_HTTP_PORT?",
            "FLUX_OUTBOX: outbox must be a number of bytes such as \"16KiB\", from 1KiB to 1MiB, "
            "not \"1TB\"",
            "--http.ports: no such setting; did you mean http.port?",
            "--source: source must be one of auto, live, not \"simulated\""
        )
    );
}

TEST_F(LoadTest, WrongTypesAreRefused) {
    UseFile("shards = \"2\"\nname = 5\nrate = nan\nproducts = \"A\"\n[http]\non = 1\nport = 80.5\n"
    );
    EXPECT_THAT(
        Complaints(),
        ElementsAre(
            At(1) + "shards must be a whole number from 0 to 64, not \"2\"",
            At(2) + "name must be text, not 5",
            At(3) + "rate must be a number from 0.5 to 8, not nan",
            At(4) + "products must be a list such as [\"a\", \"b\"], not \"A\"",
            At(6) + "http.on must be true or false, not 1",
            At(7) + "http.port must be a whole number from 0 to 65535, not 80.5"
        )
    );
}

TEST_F(LoadTest, ListsAreBounded) {
    sources_.flags = {Flag{"products", "A,b"}};
    EXPECT_THAT(
        Complaints(),
        ElementsAre(
            "--products: products must be a list in which each item is a product in upper case, "
            "not \"b\""
        )
    );
    sources_.flags = {Flag{"products", "A,B,C,D"}};
    EXPECT_THAT(Complaints(), ElementsAre("--products: products may hold at most 3 items, not 4"));
}

TEST_F(LoadTest, FilesThatCannotBeRead) {
    sources_.file = (directory_ / "absent.toml").string();
    EXPECT_THAT(Complaints(), IsEmpty());
    sources_.file_required = true;
    EXPECT_THAT(
        Complaints(),
        ElementsAre(
            sources_.file + ": this configuration file could not be read: No such file or directory"
        )
    );
    sources_.file = directory_.string();
    EXPECT_THAT(Complaints(), ElementsAre(HasSubstr("Is a directory")));
}

TEST_F(LoadTest, VariablesOfOthersAreLeftAlone) {
    sources_.environment = {"FLUX_BIN=/x", "FLUXX=1"};
    sources_.foreign_variables = {"FLUX_BIN"};
    EXPECT_THAT(Complaints(), IsEmpty());
}

TEST_F(LoadTest, WordsThatAreNoFlags) {
    Problems problems;
    ReadFlags(registry_, {"up", "--http.port", "--name"}, problems);
    EXPECT_THAT(
        problems.lines(),
        ElementsAre(
            "up: was not expected here; a setting is written --name=value",
            "--http.port: a value is missing; write --http.port=value",
            "--name: a value is missing; write --name=value"
        )
    );
}

TEST_F(LoadTest, ASecretComesFromItsFileAndTheLaterSourceNamesIt) {
    UseFile(fmt::format("admin.token_file = \"{}\"\n", WriteFile("a", "from-file\n")));
    EXPECT_THAT(Complaints(), IsEmpty());
    EXPECT_EQ(token_.Reveal(), "from-file");
    sources_.environment = {"FLUX_ADMIN_TOKEN_FILE=" + WriteFile("b", "from-env\r\n")};
    EXPECT_THAT(Complaints(), IsEmpty());
    EXPECT_EQ(token_.Reveal(), "from-env");
    sources_.flags = {Flag{"admin.token_file", WriteFile("c", "two\nlines\n\n")}};
    EXPECT_THAT(Complaints(), IsEmpty());
    EXPECT_EQ(token_.Reveal(), "two\nlines");
    EXPECT_EQ(registry_.Find("admin.token")->place.text(), (directory_ / "c").string());
}

TEST_F(LoadTest, ASecretIsFoundInTheSecretsDirectory) {
    WriteFile("secrets/admin_token", "mounted\n");
    EXPECT_THAT(Complaints(), IsEmpty());
    EXPECT_EQ(token_.Reveal(), "mounted");
    EXPECT_THAT(loaded_.warnings, IsEmpty());
}

TEST_F(LoadTest, AnEmptySecretFileIsNoSecret) {
    WriteFile("secrets/admin_token", "\n");
    EXPECT_THAT(Complaints(), IsEmpty());
    EXPECT_TRUE(token_.empty());
}

TEST_F(LoadTest, ASecretThatOthersCanReadIsWarnedAbout) {
    sources_.environment = {"FLUX_ADMIN_TOKEN_FILE=" + WriteFile("open", "hunter2", 0644)};
    EXPECT_THAT(Complaints(), IsEmpty());
    ASSERT_EQ(loaded_.warnings.size(), 1U);
    EXPECT_THAT(loaded_.warnings[0], HasSubstr("other users can read it; run: chmod 600"));
    EXPECT_THAT(loaded_.warnings[0], Not(HasSubstr("hunter2")));
}

TEST_F(LoadTest, ASecretItselfIsRefusedEverywhereAndNeverRepeated) {
    UseFile("admin.token = \"hunter2\"\n");
    sources_.environment = {"FLUX_ADMIN_TOKEN=hunter2"};
    sources_.flags = {Flag{"admin.token", "hunter2"}};
    const std::vector<std::string> problems = Complaints();
    ASSERT_EQ(problems.size(), 3U);
    for (const std::string& problem : problems) {
        EXPECT_THAT(problem, HasSubstr("put it into a file and give its path as admin.token_file"));
        EXPECT_THAT(problem, Not(HasSubstr("hunter2")));
    }
    EXPECT_TRUE(token_.empty());
}

TEST_F(LoadTest, ANamedSecretFileMustExist) {
    sources_.flags = {Flag{"admin.token_file", "/nonexistent/token"}};
    EXPECT_THAT(
        Complaints(),
        ElementsAre(
            "--admin.token_file: admin.token: the file /nonexistent/token could not be read: No "
            "such file or directory"
        )
    );
}

TEST_F(LoadTest, ASecretPrintsAsStars) {
    const Secret secret("hunter2");
    std::ostringstream stream;
    stream << secret;
    EXPECT_EQ(stream.str(), "***");
    EXPECT_EQ(fmt::format("{}", secret), "***");
    token_ = secret;
    EXPECT_THAT(EffectiveToml(registry_), Not(HasSubstr("hunter2")));
    EXPECT_THAT(ExplainCurrent(registry_), Not(HasSubstr("hunter2")));
    EXPECT_THAT(ExplainCurrent(registry_), HasSubstr("\"***\""));
}

TEST_F(LoadTest, ASecretMatchesOnlyItself) {
    const Secret secret("hunter2");
    EXPECT_TRUE(secret.Matches("hunter2"));
    for (const char* guess : {"", "hunter", "hunter22", "Hunter2", "hunter3"}) {
        EXPECT_FALSE(secret.Matches(guess)) << guess;
    }
    EXPECT_FALSE(Secret().Matches(""));
}

TEST_F(LoadTest, EffectiveTomlReadsBackAsItself) {
    UseFile("shards = 3\nname = \"a\\\"b\"\n[[route]]\ntopic = \"t\"\nmatch = {key = \"k\"}\n");
    sources_.flags = {Flag{"products", "A,B"}, Flag{"rate", "3"}};
    EXPECT_THAT(Complaints(), IsEmpty());
    const std::string effective = EffectiveToml(registry_);
    EXPECT_THAT(effective, HasSubstr("shards = 3  # " + sources_.file + ":1"));
    EXPECT_THAT(effective, HasSubstr("products = [\"A\", \"B\"]  # --products"));
    shards_ = 0;
    name_.clear();
    routes_.clear();
    sources_.flags.clear();
    UseFile(effective);
    EXPECT_THAT(Complaints(), IsEmpty());
    EXPECT_EQ(shards_, 3U);
    EXPECT_EQ(name_, "a\"b");
    ASSERT_EQ(routes_.size(), 1U);
    EXPECT_NE(routes_[0].Find("match.key"), nullptr);
}

TEST_F(LoadTest, TheDocumentOfDefaultsDependsOnNoSource) {
    const std::string before = ExplainDefaults(registry_);
    EXPECT_THAT(
        before,
        HasSubstr("| `http.port` | port | `5173` | 0 to 65535; 0: any free port | "
                  "`FLUX_HTTP_PORT` | Where the page is. |")
    );
    EXPECT_THAT(before, HasSubstr("Which \\| products."));
    EXPECT_THAT(before, HasSubstr("`FLUX_ADMIN_TOKEN_FILE`"));
    UseFile("shards = 3\n");
    EXPECT_THAT(Complaints(), IsEmpty());
    EXPECT_EQ(ExplainDefaults(registry_), before);
    EXPECT_THAT(ExplainCurrent(registry_), HasSubstr("| `3` | " + sources_.file + ":1 |"));
}

// Parts of the program add settings in their own order.
TEST_F(LoadTest, TheDocumentHasEachSectionOnce) {
    bool late = false;
    registry_.AddBool("http.late", &late, "Added last.");
    for (const std::string& page : {ExplainDefaults(registry_), ExplainCurrent(registry_)}) {
        const auto place = [&page](std::string_view text) {
            EXPECT_NE(page.find(text), std::string::npos) << text;
            EXPECT_EQ(page.find(text), page.rfind(text)) << text;
            return page.find(text);
        };
        EXPECT_LT(place("\n## The process\n"), place("\n## http\n"));
        EXPECT_LT(place("\n## http\n"), place("| `http.late` |"));
        EXPECT_LT(place("| `http.late` |"), place("\n## admin\n"));
        EXPECT_LT(place("| `flush` |"), place("\n## http\n")) << "though it was added later";
    }
}

TEST_F(LoadTest, AnyTextIsTakenWithoutHarm) {
    for (const std::string_view text :
         {"\xff\xfe",
          "admin.token = 5\n",
          "admin.token_file = 5\n",
          "[admin]\ntoken = [\"a\"]\n",
          "route = 5\n",
          "[[shards]]\n",
          "shards.a.b = 1\n",
          "\"\" = 1\n",
          "\"a\\u0007b\" = 1\n"}) {
        Problems problems;
        ApplyText(registry_, text, "f", problems);
        EXPECT_FALSE(problems.empty()) << "text: " << text;
        EXPECT_EQ(problems.ToString().find('\x07'), std::string::npos);
    }
}

}  // namespace
}  // namespace flux::config
