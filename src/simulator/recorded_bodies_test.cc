// Recorded answers, from a folder to the wire.
#include "simulator/recorded_bodies.h"

#include "simulator/simulator_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace flux::simulator {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RecordedBodiesTest : public SimulatorTest {
protected:
    RecordedBodiesTest() {
        std::string name = (fs::temp_directory_path() / "flux-bodies-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        options.replay_bodies = folder_.string();
    }
    ~RecordedBodiesTest() override { fs::remove_all(folder_); }

    void Write(const std::string& place, const std::string& text) {
        fs::create_directories((folder_ / place).parent_path());
        std::ofstream(folder_ / place) << text;
    }

    fs::path folder_;
};

TEST_F(RecordedBodiesTest, AreServedInTurnAndAgain) {
    Write("newsdata/api/1/latest/001.json", R"({"status":"success","results":[1]})");
    Write("newsdata/api/1/latest/002.json", R"({"status":"success","results":[2]})");
    Write("newsdata/api/1/latest/notes.txt", "not served");
    Start();
    std::string order;
    for (int i = 0; i < 5; ++i)
        order += At(FetchJson("/newsdata/api/1/latest?apikey=k"), "results.0");
    EXPECT_EQ(order, "12121");
    // Key and limits hold all the same, headers are those of a living answer, others live on.
    EXPECT_EQ(Fetch("/newsdata/api/1/latest").status, 401);
    EXPECT_EQ(Fetch("/newsdata/api/1/latest?apikey=k").Header("X-RateLimit-Remaining"), "24");
    EXPECT_EQ(Items(At(FetchJson("/newsdata/api/1/news?apikey=k"), "results")).size(), 10u);
}

TEST_F(RecordedBodiesTest, MayBeForOneParameterAlone) {
    Write("finnhub/api/v1/quote/001@symbol=AAPL.json", R"({"c":1})");
    Write("finnhub/api/v1/quote/002@symbol=AAPL.json", R"({"c":2})");
    Write("finnhub/api/v1/quote/003@symbol=BRK.B.json", R"({"c":3})");
    Start();
    const auto quote = [&](const std::string& symbol) {
        return At(FetchJson("/finnhub/api/v1/quote?token=k&symbol=" + symbol), "c");
    };
    EXPECT_EQ(quote("AAPL"), "1");
    EXPECT_EQ(quote("brk.b"), "3");
    EXPECT_EQ(quote("AAPL"), "2");
    EXPECT_EQ(quote("AAPL"), "1");
    EXPECT_GT(std::stod(quote("MSFT")), 100) << "nothing is recorded: a living one";
}

TEST_F(RecordedBodiesTest, MeetFaultsToo) {
    Write("coingecko/api/v3/coins/markets/a.json", R"([{"id":"x","current_price":5}])");
    Write("openweather/data/2.5/weather/a.json", "this is <no> JSON");
    Start();
    const std::string coins = "/coingecko/api/v3/coins/markets?vs_currency=usd";
    Control("faults", R"({"source":"coingecko","fault":"nulls"})");
    EXPECT_EQ(FetchJson(coins), R"([{"id":"x","current_price":null}])");
    EXPECT_EQ(FetchJson(coins), R"([{"id":"x","current_price":5}])");
    Control("faults", R"({"source":"openweather","fault":"nulls"})");
    EXPECT_EQ(Fetch("/openweather/data/2.5/weather?lat=1&lon=1&appid=k").body, "this is <no> JSON");
}

TEST_F(RecordedBodiesTest, SayWhatIsWrongWithTheFolder) {
    const auto empty = RecordedBodies::Read(folder_.string());
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(empty.error().context, HasSubstr("there is no recording"));
    const auto missing = RecordedBodies::Read((folder_ / "nowhere").string());
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().context, HasSubstr("nowhere"));
    Simulator simulator(shards, options, metrics);
    EXPECT_EQ(simulator.Start().error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace flux::simulator
