#include "feeds/weather/weather_mapping.h"

#include "feeds/weather/kept_air.h"
#include "feeds/weather/place_finder.h"
#include "feeds/weather/recent_map.h"

#include <gmock/gmock.h>

namespace flux::feeds {
namespace {

Observation Pune() {
    Observation seen;
    seen.temp_c = 31.42;
    seen.feels_like_c = 31.97;
    seen.humidity = 42;
    seen.pressure_hpa = 1009;
    seen.wind_m_s = 3.11;
    seen.wind_degree = 291;
    seen.visibility_m = 6000;
    seen.condition = "scattered clouds";
    seen.icon = "03d";
    seen.observed_at = 1'773'998'401'000;
    seen.east_of_utc = std::chrono::seconds(19'800);
    return seen;
}

TEST(ToReading, MapsFieldByField) {
    const auto reading = ToReading(Pune(), "https://flux.example/", 1'774'000'443'598);
    EXPECT_EQ(reading.temperature_c, 31.42);
    EXPECT_EQ(reading.temperature_f, 88.56);
    EXPECT_EQ(reading.feels_like_c, 31.97);
    EXPECT_EQ(reading.condition, "scattered clouds");
    EXPECT_EQ(reading.humidity, 42);
    EXPECT_EQ(reading.wind_kph, 11.2);
    EXPECT_EQ(reading.wind_mph, 7);
    EXPECT_EQ(reading.wind_degree, 291);
    EXPECT_EQ(reading.wind_dir, "WNW");
    EXPECT_EQ(reading.icon, "https://flux.example/weather/03d.svg");
    EXPECT_EQ(reading.pressure_mb, 1009);
    EXPECT_EQ(reading.visibility_km, 6);
    EXPECT_EQ(reading.last_updated, "2026-03-20T14:50:01+05:30");
    EXPECT_EQ(reading.fetched_at, 1'774'000'443'598);
    EXPECT_FALSE(reading.air_quality);
}

TEST(ToReading, AnUnknownSkyHasAPictureToo) {
    Observation seen = Pune();
    seen.icon.clear();
    EXPECT_EQ(ToReading(seen, "http://h", 1).icon, "http://h/weather/unknown.svg");
}

TEST(ToReading, NothingIsMinusZero) {
    Observation seen = Pune();
    seen.temp_c = -0.001;
    EXPECT_FALSE(std::signbit(ToReading(seen, "http://h", 1).temperature_c));
}

TEST(CompassPoint, HasSixteenPoints) {
    EXPECT_EQ(CompassPoint(0), "N");
    EXPECT_EQ(CompassPoint(11.24), "N");
    EXPECT_EQ(CompassPoint(11.25), "NNE");
    EXPECT_EQ(CompassPoint(90), "E");
    EXPECT_EQ(CompassPoint(180), "S");
    EXPECT_EQ(CompassPoint(270), "W");
    EXPECT_EQ(CompassPoint(348.74), "NNW");
    EXPECT_EQ(CompassPoint(348.75), "N");
    EXPECT_EQ(CompassPoint(359.9), "N");
}

TEST(ChoosePlace, TakesTheRegionThenTheFirstOfTheCountry) {
    const std::vector<GeoRow> rows{
        {1, 1, "US", "Illinois"},
        {2, 2, "US", "Missouri"},
        {3, 3, "CA", "Missouri"},
        {4, 4, "", ""}};
    EXPECT_EQ(ChoosePlace(rows, "missouri", "US"), (Place{2, 2}));
    EXPECT_EQ(ChoosePlace(rows, "Missouri", "CA"), (Place{3, 3}));
    EXPECT_EQ(ChoosePlace(rows, "Nowhere", "US"), (Place{1, 1}));
    EXPECT_EQ(ChoosePlace(rows, std::nullopt, std::nullopt), (Place{1, 1}));
    EXPECT_EQ(ChoosePlace(rows, std::nullopt, "DE"), (Place{4, 4}));  // it names no country
    EXPECT_EQ(ChoosePlace({rows[0]}, std::nullopt, "DE"), std::nullopt);
    EXPECT_EQ(ChoosePlace({}, std::nullopt, std::nullopt), std::nullopt);
}

TEST(KeptAir, ComesBackFromTheCache) {
    KeptAir kept;
    kept.air.pm2_5 = 37.8;
    kept.air.us_epa_index = 3;
    kept.air.o3 = 71;
    kept.fetched_at = 1'774'000'443'598;
    EXPECT_EQ(DecodeKeptAir(EncodeKeptAir(kept)), kept);
    for (const std::string_view bad :
         {"",
          "{}",
          "[]",
          "{\"pm2_5\":\"x\",\"fetchedAt\":1}",
          "{\"pm2_5\":-1,\"fetchedAt\":1}",
          "{\"fetchedAt\":null}"}) {
        EXPECT_EQ(DecodeKeptAir(bad), std::nullopt) << bad;
    }
}

TEST(RecentMap, ForgetsWhatWasWrittenLongestAgo) {
    RecentMap<int> map(2);
    EXPECT_EQ(map.Newest(), std::nullopt);
    map.Put("a", 1);
    map.Put("b", 2);
    map.Put("a", 3);
    map.Put("c", 4);
    EXPECT_EQ(map.size(), 2u);
    EXPECT_EQ(map.Find("b"), nullptr);
    EXPECT_EQ(*map.Find("a"), 3);
    EXPECT_EQ(map.Newest(), "c");
    map.Erase("c");
    EXPECT_EQ(map.Newest(), "a");
    EXPECT_EQ(map.size(), 1u);
}

}  // namespace
}  // namespace flux::feeds
