// The simulated OpenWeatherMap over real sockets, checked field by field.
#include "simulator/openweather/openweather.h"

#include "simulator/openweather/sky.h"
#include "simulator/simulator_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <set>
#include <utility>

namespace flux::simulator {
namespace {

using ::testing::HasSubstr;

const std::string kBase = "/openweather";
const std::string kPune = "lat=18.52&lon=73.86&units=metric&lang=en&appid=k";

class OpenWeatherTest : public SimulatorTest {
protected:
    OpenWeatherTest() { Start(); }
};

void ExpectCondition(std::string_view weather) {
    const auto items = Items(weather);
    ASSERT_EQ(items.size(), 1u);
    ExpectFields(items[0], {{"id", "i"}, {"main", "s"}, {"description", "s"}, {"icon", "s"}});
    EXPECT_EQ(TextAt(items[0], "icon").size(), 3u);
}

TEST_F(OpenWeatherTest, TellsTheCurrentWeather) {
    const std::string body = FetchJson(kBase + "/data/2.5/weather?" + kPune);
    ExpectFields(
        body,
        {{"coord", "o"},
         {"weather", "a"},
         {"base", "s"},
         {"main", "o"},
         {"visibility", "i", true},
         {"wind", "o"},
         {"rain", "o", true},
         {"snow", "o", true},
         {"clouds", "o"},
         {"dt", "i"},
         {"sys", "o"},
         {"timezone", "i"},
         {"id", "i"},
         {"name", "s"},
         {"cod", "i"}}
    );
    ExpectFields(At(body, "coord"), {{"lon", "n"}, {"lat", "n"}});
    ExpectCondition(At(body, "weather"));
    ExpectFields(
        At(body, "main"),
        {{"temp", "n"},
         {"feels_like", "n"},
         {"temp_min", "n"},
         {"temp_max", "n"},
         {"pressure", "n"},
         {"humidity", "i"},
         {"sea_level", "n", true},
         {"grnd_level", "n", true}}
    );
    ExpectFields(At(body, "wind"), {{"speed", "n"}, {"deg", "n", true}, {"gust", "n", true}});
    ExpectFields(
        At(body, "sys"),
        {{"type", "i", true},
         {"id", "i", true},
         {"country", "s"},
         {"sunrise", "i"},
         {"sunset", "i"}}
    );
    EXPECT_EQ(TextAt(body, "name"), "Pune");
    EXPECT_EQ(TextAt(body, "sys.country"), "IN");
    EXPECT_EQ(At(body, "cod"), "200");
    EXPECT_EQ(At(body, "timezone"), "19800");
    EXPECT_LE(NumberAt(body, "visibility"), 10'000);
    EXPECT_GT(NumberAt(body, "main.temp"), 5);
    EXPECT_LT(NumberAt(body, "main.temp"), 45);
    const double now = static_cast<double>(SystemClock::Instance().WallNow()) / 1000;
    EXPECT_NEAR(NumberAt(body, "dt"), now, 61);
    const double day = NumberAt(body, "sys.sunset") - NumberAt(body, "sys.sunrise");
    EXPECT_NEAR(day / 3600, 12, 1.5) << "in the tropics";
}

TEST_F(OpenWeatherTest, KnowsItsUnits) {
    const std::string standard = FetchJson(kBase + "/data/2.5/weather?lat=18.52&lon=73.86&appid=k");
    const std::string metric = FetchJson(kBase + "/data/2.5/weather?" + kPune);
    const std::string imperial =
        FetchJson(kBase + "/data/2.5/weather?lat=18.52&lon=73.86&units=imperial&appid=k");
    const double celsius = NumberAt(metric, "main.temp");
    EXPECT_NEAR(NumberAt(standard, "main.temp"), celsius + 273.15, 0.02);
    EXPECT_NEAR(NumberAt(imperial, "main.temp"), celsius * 1.8 + 32, 0.02);
    const double metres = NumberAt(metric, "wind.speed");
    EXPECT_NEAR(NumberAt(imperial, "wind.speed"), metres * 2.236936, 0.02);
}

TEST_F(OpenWeatherTest, ForecastsInStepsOfThreeHours) {
    const std::string body = FetchJson(kBase + "/data/2.5/forecast?cnt=8&" + kPune);
    ExpectFields(
        body, {{"cod", "s"}, {"message", "i"}, {"cnt", "i"}, {"list", "a"}, {"city", "o"}}
    );
    EXPECT_EQ(TextAt(body, "cod"), "200");
    const auto steps = Items(At(body, "list"));
    ASSERT_EQ(steps.size(), 8u);
    double before = 0;
    for (const std::string& step : steps) {
        ExpectFields(
            step,
            {{"dt", "i"},
             {"main", "o"},
             {"weather", "a"},
             {"clouds", "o"},
             {"wind", "o"},
             {"visibility", "i", true},
             {"pop", "n"},
             {"rain", "o", true},
             {"snow", "o", true},
             {"sys", "o"},
             {"dt_txt", "s"}}
        );
        ExpectCondition(At(step, "weather"));
        ExpectFields(
            At(step, "main"),
            {{"temp", "n"},
             {"feels_like", "n"},
             {"temp_min", "n"},
             {"temp_max", "n"},
             {"pressure", "n"},
             {"sea_level", "n"},
             {"grnd_level", "n"},
             {"humidity", "i"},
             {"temp_kf", "n"}}
        );
        const double at = NumberAt(step, "dt");
        if (before != 0) EXPECT_EQ(at - before, 10'800);
        EXPECT_EQ(std::fmod(at, 10'800), 0);
        before = at;
        const std::string pod = TextAt(step, "sys.pod");
        EXPECT_TRUE(pod == "d" || pod == "n");
        EXPECT_EQ(TextAt(step, "dt_txt").size(), 19u);
        EXPECT_GE(NumberAt(step, "pop"), 0);
        EXPECT_LE(NumberAt(step, "pop"), 1);
    }
    ExpectFields(
        At(body, "city"),
        {{"id", "i"},
         {"name", "s"},
         {"coord", "o"},
         {"country", "s"},
         {"population", "i"},
         {"timezone", "i"},
         {"sunrise", "i"},
         {"sunset", "i"}}
    );
    EXPECT_EQ(Items(At(FetchJson(kBase + "/data/2.5/forecast?" + kPune), "list")).size(), 40u);
}

TEST_F(OpenWeatherTest, TellsOfTheAir) {
    const std::string body =
        FetchJson(kBase + "/data/2.5/air_pollution?lat=18.52&lon=73.86&appid=k");
    ExpectFields(body, {{"coord", "o"}, {"list", "a"}});
    const auto items = Items(At(body, "list"));
    ASSERT_EQ(items.size(), 1u);
    ExpectFields(items[0], {{"main", "o"}, {"components", "o"}, {"dt", "i"}});
    ExpectFields(
        At(items[0], "components"),
        {{"co", "n"},
         {"no", "n"},
         {"no2", "n"},
         {"o3", "n"},
         {"so2", "n"},
         {"pm2_5", "n"},
         {"pm10", "n"},
         {"nh3", "n"}}
    );
    const double dust = NumberAt(items[0], "components.pm2_5");
    const int index = dust < 10 ? 1 : dust < 25 ? 2 : dust < 50 ? 3 : dust < 75 ? 4 : 5;
    EXPECT_EQ(NumberAt(items[0], "main.aqi"), index);
}

TEST_F(OpenWeatherTest, FindsCities) {
    const auto search = [&](const std::string& query) {
        return Items(FetchJson(kBase + "/geo/1.0/direct?appid=k&limit=5&q=" + query));
    };
    const auto pune = search("Pune,IN");
    ASSERT_EQ(pune.size(), 1u);
    ExpectFields(
        pune[0],
        {{"name", "s"},
         {"local_names", "o", true},
         {"lat", "n"},
         {"lon", "n"},
         {"country", "s"},
         {"state", "s", true}}
    );
    EXPECT_EQ(TextAt(pune[0], "local_names.hi"), "पुणे");
    EXPECT_EQ(TextAt(pune[0], "local_names.en"), "Pune");
    EXPECT_EQ(TextAt(search("%E0%A4%AA%E0%A5%81%E0%A4%A3%E0%A5%87")[0], "name"), "Pune");
    EXPECT_EQ(TextAt(search("%E6%9D%B1%E4%BA%AC")[0], "name"), "Tokyo");
    EXPECT_EQ(TextAt(search("sao%20paulo,BR")[0], "name"), "São Paulo");
    EXPECT_EQ(TextAt(search("ZURICH")[0], "country"), "CH");
    EXPECT_EQ(TextAt(search("Pune,Maharashtra,IN")[0], "state"), "Maharashtra");
    EXPECT_EQ(TextAt(search("Portland,ME,US")[0], "state"), "Maine");

    const auto london = search("London");
    ASSERT_EQ(london.size(), 2u);
    EXPECT_EQ(TextAt(london[0], "country"), "GB") << "the larger one comes first";
    EXPECT_EQ(TextAt(london[1], "country"), "CA");
    EXPECT_EQ(TextAt(search("London,CA")[0], "state"), "Ontario");
    EXPECT_EQ(Items(FetchJson(kBase + "/geo/1.0/direct?appid=k&limit=1&q=London")).size(), 1u);

    EXPECT_TRUE(search("Kleinkleckersdorf").empty());
    EXPECT_TRUE(search("Pune,FR").empty());
    EXPECT_TRUE(search("a,b,c,d").empty());
    EXPECT_TRUE(search("%ff%00").empty());
}

TEST_F(OpenWeatherTest, RefusesAsTheVendorDoes) {
    const auto expect = [&](const std::string& path, int status, const std::string& cod) {
        const WireAnswer answer = Fetch(kBase + path);
        EXPECT_EQ(answer.status, status) << path;
        EXPECT_EQ(At(answer.body, "cod"), cod) << path << answer.body;
        EXPECT_NE(TextAt(answer.body, "message"), "(none)");
    };
    expect("/data/2.5/weather?lat=1&lon=1", 401, "401");
    expect("/data/2.5/weather?lat=1&lon=1&appid=", 401, "401");
    expect("/geo/1.0/direct?q=Pune&appid=refused-key", 401, "401");
    expect("/data/2.5/weather?appid=k", 400, "\"400\"");
    expect("/data/2.5/weather?lat=91&lon=1&appid=k", 400, "\"400\"");
    expect("/data/2.5/weather?lat=1&lon=nan&appid=k", 400, "\"400\"");
    expect("/geo/1.0/direct?appid=k", 400, "\"400\"");
    expect("/data/2.5/weather?q=Nowhere&appid=k", 404, "\"404\"");
    expect("/data/9/weather?q=Pune&appid=k", 404, "\"404\"");
    EXPECT_EQ(TextAt(FetchJson(kBase + "/data/2.5/weather?q=Pune,IN&appid=k"), "name"), "Pune");
    const std::string sea = FetchJson(kBase + "/data/2.5/weather?lat=-40&lon=-120&appid=k");
    EXPECT_EQ(TextAt(sea, "name"), "");
    EXPECT_EQ(At(sea, "sys.country"), "");
}

TEST_F(OpenWeatherTest, AllowsSixtyCallsAMinuteUntilItIsToldOtherwise) {
    const std::string path = kBase + "/data/2.5/weather?" + kPune;
    for (int i = 0; i < 60; ++i)
        ASSERT_EQ(Fetch(path).status, 200) << i;
    const WireAnswer refused = Fetch(path);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(At(refused.body, "cod"), "429");
    EXPECT_THAT(refused.body, HasSubstr("temporary blocked"));
    EXPECT_EQ(refused.Header("Retry-After"), "");
    EXPECT_EQ(Fetch(kBase + "/data/2.5/weather?lat=1&lon=1&appid=other").status, 200);

    Control("limits", R"({"source":"openweather","rule":"minute","most":6000})");
    EXPECT_EQ(Fetch(path).status, 200);
    const std::string state = FetchJson("/_simulator/state");
    const std::string mine = At(state, "sources.openweather");
    EXPECT_EQ(At(mine, "calls"), "63");
    EXPECT_EQ(At(mine, "refused"), "1");
    EXPECT_EQ(At(mine, "busiest_minute"), "63");
    EXPECT_EQ(TextAt(mine, "limits.0.rule"), "minute");
    EXPECT_EQ(At(mine, "limits.0.most"), "6000");
    EXPECT_EQ(At(mine, "limits.0.refused"), "1");
    EXPECT_EQ(At(mine, "limits.0.vendor"), "60");
    EXPECT_EQ(At(mine, "limits.0.vendor_would_refuse"), "2");
    EXPECT_EQ(At(mine, "statuses.200"), "62");
}

TEST(Cities, AreManyAndFindable) {
    std::set<std::pair<double, double>> places;
    std::set<std::int64_t> ids;
    std::set<std::string_view> countries;
    for (const City& city : Cities()) {
        EXPECT_TRUE(places.insert({city.lat, city.lon}).second) << city.name;
        EXPECT_TRUE(ids.insert(city.id()).second) << city.name;
        countries.insert(city.country);
        EXPECT_EQ(city.country.size(), 2u);
        const auto found = FindCities(city.name, city.state, city.country);
        ASSERT_FALSE(found.empty()) << city.name;
        EXPECT_EQ(found.front(), &city) << city.name;
        EXPECT_EQ(CityNear(city.lat, city.lon), &city) << city.name;
    }
    EXPECT_GE(places.size(), 200u);
    EXPECT_GE(countries.size(), 100u);
}

TEST(Cities, ComparesNamesWithoutCaseAndAccents) {
    EXPECT_EQ(FoldedName("  São   Paulo "), "sao paulo");
    EXPECT_EQ(FoldedName("ŁÓDŹ"), "lodz");
    EXPECT_EQ(FoldedName("ĐÀ NẴNG"), "da nang");
    EXPECT_EQ(FoldedName("МОСКВА"), "москва");
    EXPECT_EQ(FoldedName("ΠΑΡ"), "παρ");
    EXPECT_EQ(FoldedName("Sa\u0303o"), "sao");
    EXPECT_EQ(FoldedName("पुणे"), "पुणे");
    EXPECT_EQ(FoldedName("\xff\xc3"), "\xff\xc3");
}

TEST(Sky, IsPlausibleEverywhereAtAnyTime) {
    constexpr WallMillis kStart = 1'774'000'000'000;
    for (int step = 0; step < 40; ++step) {
        const WallMillis at = kStart + step * 9 * 24 * 3'600'000LL + step * 3'700'000LL;
        for (int lat = -88; lat <= 88; lat += 22) {
            for (int lon = -170; lon <= 170; lon += 68) {
                const Sky sky = SkyAt(7, lat, lon, at);
                EXPECT_GT(sky.temp, -75);
                EXPECT_LT(sky.temp, 50);
                EXPECT_TRUE(std::isfinite(sky.feels_like));
                EXPECT_GE(sky.humidity, 0);
                EXPECT_LE(sky.humidity, 100);
                EXPECT_GE(sky.wind_degree, 0);
                EXPECT_LE(sky.wind_degree, 360);
                EXPECT_FALSE(sky.description().empty());
                EXPECT_GT(AirAt(7, lat, lon, at).pm2_5, 0);
                const SunTimes sun = SunAt(lat, lon, at);
                EXPECT_LE(sun.rise, sun.set);
            }
        }
    }
}

TEST(Sky, MovesWithTimeAndSeedAndNothingElse) {
    constexpr WallMillis kNow = 1'774'000'000'000;
    constexpr WallMillis kHours = 3'600'000;
    EXPECT_EQ(SkyAt(7, 18.52, 73.86, kNow).temp, SkyAt(7, 18.52, 73.86, kNow).temp);
    EXPECT_NE(SkyAt(7, 18.52, 73.86, kNow).temp, SkyAt(8, 18.52, 73.86, kNow).temp);
    EXPECT_NE(SkyAt(7, 18.52, 73.86, kNow).temp, SkyAt(7, 18.52, 73.86, kNow + 60'000).temp);
    // Afternoons are warmer than nights, on the average of a month.
    double nights = 0;
    double days = 0;
    const WallMillis midnight = kNow / (24 * kHours) * (24 * kHours);
    for (int day = 0; day < 30; ++day) {
        nights += SkyAt(7, 50, 0, midnight + day * 24 * kHours + 3 * kHours).temp;
        days += SkyAt(7, 50, 0, midnight + day * 24 * kHours + 15 * kHours).temp;
    }
    EXPECT_GT(days / 30 - nights / 30, 4);
    // Berlin on the 21st of June 2026: from 02:43 to 19:33 UTC.
    const SunTimes sun = SunAt(52.52, 13.405, 1'782'043'200'000);
    EXPECT_NEAR(static_cast<double>(sun.rise), 1'782'009'780'000, 240'000);
    EXPECT_NEAR(static_cast<double>(sun.set), 1'782'070'380'000, 240'000);
}

}  // namespace
}  // namespace flux::simulator
