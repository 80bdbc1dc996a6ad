#include "feeds/weather/city_asks.h"

#include "limits/limits.h"

#include <gmock/gmock.h>

namespace flux::feeds {
namespace {

using ::testing::ElementsAre;
using ::testing::Key;
using Joined = CityAsks::Joined;

class CityAsksTest : public testing::Test {
protected:
    Joined Join(const std::string& key, const std::string& city, const std::string& asker) {
        contract::Location place;
        place.city = city;
        return asks.Join(key, place, "IN", asker, batch);
    }

    Shard shard{ShardId(0), SystemClock::Instance()};
    std::shared_ptr<PendingBatch> batch = std::make_shared<PendingBatch>(shard);
    CityAsks asks;
};

TEST_F(CityAsksTest, ManyAskersAreOneQuestion) {
    EXPECT_EQ(Join("weather:pune:IN", "Pune", "a"), Joined::kFirst);
    EXPECT_EQ(Join("weather:pune:IN", "PUNE", "b"), Joined::kJoined);
    EXPECT_EQ(Join("weather:pune:IN", "Pune", "c"), Joined::kJoined);
    EXPECT_EQ(Join("weather:pune:IN", "Pune", "a"), Joined::kJoined);
    EXPECT_EQ(Join("weather:goa:IN", "Goa", "d"), Joined::kFirst);
    EXPECT_EQ(*asks.Next(), "weather:pune:IN");
    EXPECT_EQ(Join("weather:pune:IN", "Pune", "e"), Joined::kJoined);  // still open
    const CityAsk ask = asks.Take("weather:pune:IN");
    EXPECT_EQ(ask.place.city, "Pune");
    EXPECT_EQ(ask.country_code, "IN");
    EXPECT_THAT(ask.askers, ElementsAre(Key("PUNE"), Key("Pune")));
    EXPECT_THAT(ask.askers.at("Pune"), ElementsAre("a", "c", "e"));
    EXPECT_THAT(ask.batches, ElementsAre(batch));
    EXPECT_EQ(Join("weather:pune:IN", "Pune", "f"), Joined::kFirst);  // a new question
    EXPECT_EQ(*asks.Next(), "weather:goa:IN");
    EXPECT_EQ(*asks.Next(), "weather:pune:IN");
    EXPECT_EQ(asks.Next(), nullptr);
}

TEST_F(CityAsksTest, NobodyMayBeTheAsker) {
    contract::Location place;
    place.city = "Pune";
    EXPECT_EQ(asks.Join("k", place, std::nullopt, std::nullopt, batch), Joined::kFirst);
    EXPECT_TRUE(asks.Find("k")->askers.empty());
    EXPECT_EQ(asks.Find("other"), nullptr);
}

TEST_F(CityAsksTest, IsBounded) {
    for (std::size_t i = 0; i < limits::kWeatherAsksMax; ++i)
        ASSERT_EQ(Join("k" + std::to_string(i), "C", "a"), Joined::kFirst);
    EXPECT_EQ(Join("one more", "C", "a"), Joined::kRefused);
    EXPECT_EQ(asks.size(), limits::kWeatherAsksMax);
    std::size_t refused = 0;
    for (std::size_t i = 0; i < 10'000; ++i) {
        if (Join("k0", "C", "asker " + std::to_string(i)) == Joined::kRefused) ++refused;
    }
    EXPECT_LE(asks.Find("k0")->askers.at("C").size(), limits::kWeatherAskersMax);
    EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace flux::feeds
